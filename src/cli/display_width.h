// How many columns of a terminal a text takes.
#pragma once

#include <string_view>

namespace headrace::cli {

// Counts 2 for wide characters (East Asian Wide and Fullwidth, emoji), 0 for combining and
// invisible ones, 1 for all else. Source: Unicode Standard Annex #11 and general categories Mn, Me,
// Cf, by their blocks.
int DisplayWidth(std::string_view utf8);

}  // namespace headrace::cli
