#include "base/status.h"

#include <utility>

namespace headrace {
namespace {

class ErrorDetail : public arrow::StatusDetail {
 public:
  ErrorDetail(ErrorKind kind, std::vector<Diagnostic> diagnostics)
      : kind_(kind), diagnostics_(std::move(diagnostics)) {}

  const char* type_id() const override { return kTypeId; }
  // What is to be said stands in the message already.
  std::string ToString() const override {
    return kind_ == ErrorKind::kUser ? "user error" : "transient error";
  }

  ErrorKind kind() const { return kind_; }
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

  static const ErrorDetail* Of(const Status& status) {
    const auto& detail = status.detail();
    if (detail == nullptr || detail->type_id() != kTypeId) return nullptr;
    return static_cast<const ErrorDetail*>(detail.get());
  }

 private:
  static constexpr const char* kTypeId = "headrace::ErrorDetail";
  ErrorKind kind_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace

Status UserError(std::vector<Diagnostic> diagnostics) {
  std::string message;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (!message.empty()) message += '\n';
    message += diagnostic.message;
    if (!diagnostic.hint.empty()) message += "; " + diagnostic.hint;
  }
  return Status(arrow::StatusCode::Invalid, std::move(message),
                std::make_shared<ErrorDetail>(ErrorKind::kUser, std::move(diagnostics)));
}

Status UserError(std::string message, std::string hint) {
  return UserError({Diagnostic{std::move(message), std::move(hint), std::nullopt}});
}

Status TransientError(std::string message) {
  return Status(arrow::StatusCode::IOError, std::move(message),
                std::make_shared<ErrorDetail>(ErrorKind::kTransient, std::vector<Diagnostic>{}));
}

ErrorKind KindOf(const Status& status) {
  const ErrorDetail* detail = ErrorDetail::Of(status);
  return detail == nullptr ? ErrorKind::kFatal : detail->kind();
}

std::vector<Diagnostic> DiagnosticsOf(const Status& status) {
  const ErrorDetail* detail = ErrorDetail::Of(status);
  if (detail == nullptr || detail->diagnostics().empty())
    return {Diagnostic{status.message(), "", std::nullopt}};
  return detail->diagnostics();
}

Status WithContext(const std::string& context, const Status& status) {
  return status.WithMessage(context, ": ", status.message());
}

}  // namespace headrace
