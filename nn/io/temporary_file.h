// The temporary files of DurableWriter: their names, and what becomes of those of killed programs.
#pragma once

#include <cstdint>
#include <string>

namespace carousel::io {

// FOLDER/.carousel-PID-RANDOM.tmp, the random part as 16 hexadecimal digits.
std::string temporary_name(const std::string& folder, std::uint64_t random);

// For whoever has just made such a file: says that it is in use, as long as the descriptor or a
// duplicate is open. False if the file has been cleared away meanwhile.
bool claim_temporary(int fd);

// Removes such files that killed programs have left in the folder: their process is gone, and
// nobody claims them (the process may be one of another container). What can't be removed stays.
void remove_stale_temporaries(const std::string& folder);

}  // namespace carousel::io
