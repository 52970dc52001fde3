#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace litesmith::formats {

/// The values of the text field `name` in a file of text messages (CheckpointState): `name: "value"` line by line, with
/// C's escapes.
std::vector<std::string> text_fields(std::string_view text, std::string_view name);

/// "; there are 'a', 'b'" of a folder's checkpoints, or a text that says that there are none.
std::string list_of_checkpoints(const std::string& folder);

}  // namespace litesmith::formats
