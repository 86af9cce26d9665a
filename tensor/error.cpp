#include <carousel/tensor/error.h>

namespace carousel {

Error::Error(std::string_view op, std::string_view message) {
  message_.append("[").append(op).append("] ").append(message);
  compose();
}

void Error::add_module(std::string_view name, std::string_view type) {
  if (type_.empty()) {
    path_ = name;
    type_ = type;
  } else {
    path_ = std::string(name) + "." + path_;
  }
  compose();
}

void Error::compose() {
  text_ = message_;
  if (!type_.empty()) text_ += "; in " + path_ + " (" + type_ + ")";
}

}  // namespace carousel
