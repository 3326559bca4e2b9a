#include "sql_case.h"

#include <filesystem>
#include <fstream>
#include <regex>

namespace headrace::sql_test {
namespace {

std::string Trim(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::string part;
  for (const char c : text + separator) {
    if (c != separator) {
      part += c;
      continue;
    }
    parts.push_back(Trim(part));
    part.clear();
  }
  return parts;
}

// Writes out @10:05 and @10:05:30 as times of the first of January 2026, @2T10:05 as one of the
// second.
std::string ExpandTimes(const std::string& line) {
  static const std::regex time(R"(@(?:(\d)T)?(\d\d:\d\d)(:\d\d(?:\.\d+)?)?)");
  std::string out;
  auto from = line.cbegin();
  for (std::sregex_iterator it(line.begin(), line.end(), time), end; it != end; ++it) {
    out.append(from, (*it)[0].first);
    const std::string day = (*it)[1].matched ? (*it)[1].str() : "1";
    const std::string seconds = (*it)[3].matched ? (*it)[3].str() : ":00";
    out += "\"2026-01-0" + day + "T" + (*it)[2].str() + seconds + "Z\"";
    from = (*it)[0].second;
  }
  return out.append(from, line.cend());
}

// Returns what stands in `name(...)` in `text`, or nothing.
std::optional<std::string> Option(const std::string& text, const std::string& name) {
  const size_t at = text.find(name + "(");
  if (at == std::string::npos) return std::nullopt;
  const size_t begin = at + name.size() + 1;
  return text.substr(begin, text.find(')', begin) - begin);
}

class CaseParser {
 public:
  explicit CaseParser(std::string path) : path_(std::move(path)) {}

  Result<std::vector<SqlCase>> Parse() {
    std::ifstream file(path_);
    if (!file) return Status::IOError("cannot read ", path_);
    std::string line;
    while (std::getline(file, line)) {
      ++line_number_;
      if (line.starts_with("#")) continue;
      RETURN_NOT_OK(TakeLine(ExpandTimes(line)));
    }
    Finish();
    return std::move(cases_);
  }

 private:
  Status TakeLine(const std::string& raw) {
    const std::string line = Trim(raw);
    if (line.empty()) return Status::OK();
    if (line.starts_with("===")) return StartCase(Trim(line.substr(3)));
    if (raw[0] == ' ' && open_text_ != nullptr) {
      *open_text_ += "\n" + line;
      return Status::OK();
    }
    open_text_ = nullptr;
    if (line.starts_with("source ")) return TakeSource(line.substr(7));
    if (!in_case_) return Bad("expected 'source' or '==='");
    if (line.starts_with("view ")) return TakeView(line.substr(5));
    if (line == "step") return StartStep();
    if (line == "rows") {
      case_.rows.emplace();
      in_rows_ = true;
      return Status::OK();
    }
    if (line == "as written") {
      case_.as_written = true;
      return Status::OK();
    }
    if (line.starts_with("late ")) return TakeCount(line.substr(5), &case_.late);
    if (line.starts_with("rejected ")) return TakeCount(line.substr(9), &case_.rejected);
    if (line.starts_with("error ")) return TakeText(line.substr(6), &case_.error);
    if (line.starts_with("fails ")) return TakeText(line.substr(6), &case_.failure);
    return TakeRow(line);
  }

  Status StartCase(const std::string& name) {
    Finish();
    case_ = {};
    case_.file = std::filesystem::path(path_).stem().string();
    case_.line = line_number_;
    case_.name = name;
    case_.sources = sources_;
    in_case_ = true;
    in_rows_ = false;
    open_text_ = nullptr;
    return Status::OK();
  }

  void Finish() {
    if (in_case_) cases_.push_back(case_);
    in_case_ = false;
  }

  Status TakeSource(const std::string& text) {
    const size_t colon = text.find(':');
    if (colon == std::string::npos) return Bad("expected 'source NAME: columns'");
    const std::string head = text.substr(0, colon);
    SourceText source;
    source.name = Trim(head.substr(0, head.find(' ')));
    if (const auto key = Option(head, "key")) source.key = Split(*key, ',');
    if (const auto order = Option(head, "order_by")) source.order_by = Split(*order, '.');
    source.ddl = Trim(text.substr(colon + 1));
    (in_case_ ? case_.sources : sources_).push_back(source);
    return Status::OK();
  }

  Status TakeView(const std::string& text) {
    const size_t colon = text.find(':');
    if (colon == std::string::npos) return Bad("expected 'view NAME: SELECT ...'");
    const std::string head = text.substr(0, colon);
    ViewText view;
    view.name = Trim(head.substr(0, head.find(' ')));
    if (const auto watermark = Option(head, "watermark")) {
      const std::vector<std::string> parts = Split(*watermark, ',');
      if (parts.size() != 2) return Bad("expected 'watermark(column, delay)'");
      view.watermark_column = parts[0];
      view.watermark_delay = parts[1];
    }
    view.emit_final = head.find("emit(final)") != std::string::npos;
    view.keep_late = head.find("keep_late") != std::string::npos;
    view.sql = Trim(text.substr(colon + 1));
    case_.views.push_back(view);
    open_text_ = &case_.views.back().sql;
    return Status::OK();
  }

  Status StartStep() {
    case_.steps.emplace_back();
    in_rows_ = false;
    return Status::OK();
  }

  Status TakeRow(const std::string& line) {
    if (in_rows_) {
      if (!line.starts_with("[")) return Bad("expected a row, such as [\"a\", 1]");
      case_.rows->push_back(line);
      return Status::OK();
    }
    if (case_.steps.empty()) case_.steps.emplace_back();
    Step& step = case_.steps.back();
    if (line == "no changes") {
      step.changes.emplace();
      return Status::OK();
    }
    if (line.starts_with("+ [") || line.starts_with("- [")) {
      if (!step.changes.has_value()) step.changes.emplace();
      step.changes->push_back(line);
      return Status::OK();
    }
    const size_t open = line.find('[');
    if (open == std::string::npos) return Bad("expected 'SOURCE [values]'");
    const std::string head = Trim(line.substr(0, open));
    InputRow row{head, line.substr(open), head.ends_with(" delete")};
    if (row.tombstone) row.source = Trim(head.substr(0, head.size() - 7));
    step.rows.push_back(row);
    return Status::OK();
  }

  Status TakeCount(const std::string& text, int* count) {
    *count = std::stoi(text);
    return Status::OK();
  }

  Status TakeText(const std::string& text, std::string* out) {
    *out = Trim(text);
    return Status::OK();
  }

  Status Bad(const std::string& what) const {
    return Status::Invalid(path_, ":", line_number_, ": ", what);
  }

  const std::string path_;
  int line_number_ = 0;
  std::vector<SourceText> sources_;  // of all cases of the file
  std::vector<SqlCase> cases_;
  SqlCase case_;
  bool in_case_ = false;
  bool in_rows_ = false;
  std::string* open_text_ = nullptr;  // which an indented line continues
};

}  // namespace

Result<std::vector<SqlCase>> ParseCases(const std::string& path) {
  return CaseParser(path).Parse();
}

}  // namespace headrace::sql_test
