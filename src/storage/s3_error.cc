#include "storage/s3_error.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "http/retry.h"
#include "storage/s3_xml.h"

namespace headrace::storage {
namespace {

struct Advice {
  std::string_view code;
  std::string_view hint;
};

constexpr std::string_view kRegionHint = "set 'region' under storage.s3, or AWS_REGION";

constexpr std::string_view kKeyHint =
    "the store doesn't know this access key: check the credentials, and that the endpoint is the "
    "one they are for";

constexpr std::array kAdvice = {
    Advice{"NoSuchBucket", "make the bucket, or mend the path or the endpoint"},
    Advice{"AccessDenied",
           "the credentials need s3:GetObject, s3:PutObject, s3:DeleteObject and "
           "s3:ListBucket there"},
    Advice{"InvalidAccessKeyId", kKeyHint},
    Advice{"XAdminUserNotFound", kKeyHint},  // so versitygw calls it
    Advice{"SignatureDoesNotMatch", "the secret key is another than the store's"},
    Advice{"ExpiredToken", "the session has ended: get new credentials"},
    Advice{"InvalidToken", "the session token isn't the one of this access key"},
    Advice{"RequestTimeTooSkewed", "the clock of this machine is wrong: set it"},
    Advice{"PermanentRedirect", kRegionHint},
    Advice{"TemporaryRedirect", kRegionHint},
    Advice{"AuthorizationHeaderMalformed", kRegionHint},
    Advice{"InvalidRegion", kRegionHint},
    Advice{"NotImplemented",
           "the store lacks what a table needs: see 'S3' in "
           "docs/PIPELINE_FILE.md"},
};

bool IsTransient(int status, const std::string& code) {
  if (code == "NotImplemented" || status == 501) return false;
  if (code == "RequestTimeout" || code == "SlowDown" || code == "InternalError" ||
      code == "ServiceUnavailable")
    return true;
  // Of two conditional writes of one object at one moment, one may be asked to come again.
  if (code == "ConditionalRequestConflict" || code == "OperationAborted") return true;
  return http::IsRetryable(status);
}

}  // namespace

Status S3ErrorOf(const http::Response& answer, const std::string& place) {
  S3Error error = ParseS3Error(answer.body);
  if (error.region.empty()) error.region = answer.Header("x-amz-bucket-region").value_or("");
  std::string message = place + ": the store answered " + std::to_string(answer.status);
  if (!error.code.empty()) message += " " + error.code;
  if (!error.message.empty()) message += ": " + error.message;
  if (IsTransient(answer.status, error.code)) return TransientError(message);
  const bool is_missing =
      error.code.empty() || error.code == "NoSuchKey" || error.code == "NoSuchUpload";
  if (answer.status == 404 && is_missing) return Status::KeyError("there is no object ", place);
  const auto* const advice = std::find_if(kAdvice.begin(), kAdvice.end(), [&](const Advice& known) {
    return known.code == error.code;
  });
  std::string hint = advice == kAdvice.end() ? "" : std::string(advice->hint);
  if (hint.empty() && http::IsRedirect(answer.status)) hint = kRegionHint;
  if (hint.empty() && (answer.status == 401 || answer.status == 403))
    hint = "check the credentials and what they may do with this bucket";
  if (hint == kRegionHint && !error.region.empty()) hint += "; the bucket is in " + error.region;
  if (!hint.empty()) return UserError(message, hint);
  return Status::IOError(message);
}

bool AreCredentialsRefused(const http::Response& answer) {
  const std::string code = ParseS3Error(answer.body).code;
  return (code.empty() && (answer.status == 401 || answer.status == 403)) ||
         code == "ExpiredToken" || code == "InvalidToken" || code == "InvalidAccessKeyId" ||
         code == "SignatureDoesNotMatch" || code == "TokenRefreshRequired";
}

}  // namespace headrace::storage
