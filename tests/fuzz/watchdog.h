#pragma once

#include <signal.h>
#include <unistd.h>

#include <cstring>
#include <exception>
#include <iostream>
#include <string>

#include "base/error.h"

namespace litesmith::fuzz {

inline constexpr unsigned kSecondsPerInput = 10;

/// The input in work, for the signal handler.
inline char current_input[512];

inline void set_current(const std::string& text) {
  std::strncpy(current_input, text.c_str(), sizeof(current_input) - 1);
}

inline void on_alarm(int) {
  constexpr char kText[] = "took too long: ";
  const auto put = [](const char* text) { return ::write(STDERR_FILENO, text, std::strlen(text)) >= 0; };
  ::_exit(put(kText) && put(current_input) && put("\n") ? 1 : 2);
}

/// Ends the process with 1 when one input takes longer than kSecondsPerInput.
inline void start_watchdog() { ::signal(SIGALRM, on_alarm); }

/// Runs `action` on the current input; false when something other than litesmith::Error came out.
template <class Action>
bool survives(const Action& action) {
  ::alarm(kSecondsPerInput);
  try {
    action();
  } catch (const Error&) {
  } catch (const std::exception& other) {
    std::cerr << current_input << ": " << other.what() << '\n';
    return false;
  }
  ::alarm(0);
  return true;
}

}  // namespace litesmith::fuzz
