// What nearly every source of the library includes and none of us edits, compiled once: it halves
// the time of a small file. Sources still include what they use; ./dev check reads them without
// this.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
