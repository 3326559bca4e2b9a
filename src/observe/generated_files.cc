#include "observe/generated_files.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

namespace headrace::observe {
namespace {

constexpr std::string_view kMark = "# Made by `headrace deploy`";

std::optional<std::string> TextOf(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

Status CannotWrite(const std::filesystem::path& path, const std::string& reason) {
  return UserError(fmt::format("{} cannot be written: {}", path.string(), reason),
                   "name another folder with --out DIR");
}

Status Write(const std::filesystem::path& path, const std::string& text) {
  const std::filesystem::path part = path.string() + ".part";
  {
    std::ofstream file(part, std::ios::binary | std::ios::trunc);
    file << text;
    file.flush();
    if (!file) return CannotWrite(path, std::strerror(errno));
  }
  std::error_code error;
  std::filesystem::rename(part, path, error);
  return error ? CannotWrite(path, error.message()) : Status::OK();
}

}  // namespace

std::string GeneratedMark(const std::string& about) {
  return fmt::format("{}, and made anew by it: {}.\n", kMark, about);
}

Result<std::vector<WriteState>> WriteGeneratedFiles(const std::string& folder,
                                                    const std::vector<GeneratedFile>& files) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return CannotWrite(folder, error.message());
  std::vector<WriteState> states;
  for (const GeneratedFile& file : files) {
    const std::filesystem::path path = std::filesystem::path(folder) / file.name;
    const auto there = TextOf(path);
    if (!there.has_value() && std::filesystem::exists(path, error))
      return CannotWrite(path, "it is there and cannot be read");
    if (there.has_value() && !there->starts_with(kMark)) {
      return UserError(path.string() + " is there, and headrace has not made it",
                       "move it away, or name another folder with --out DIR");
    }
    states.push_back(!there.has_value()    ? WriteState::kWritten
                     : *there == file.text ? WriteState::kUnchanged
                                           : WriteState::kChanged);
  }
  for (size_t i = 0; i < files.size(); ++i) {
    if (states[i] == WriteState::kUnchanged) continue;
    RETURN_NOT_OK(Write(std::filesystem::path(folder) / files[i].name, files[i].text));
  }
  return states;
}

}  // namespace headrace::observe
