import GRPO

// The training lines follow with the library's face.
print("swift-grpo is linked.")
