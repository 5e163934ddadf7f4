#version 450
// t = x * factor; one invocation per element.
layout(local_size_x = 64) in;
layout(push_constant) uniform Immediates { uint count; float factor; };
layout(set = 0, binding = 0) readonly buffer X { float x[]; };
layout(set = 0, binding = 1) writeonly buffer T { float t[]; };
void main() {
  uint i = gl_GlobalInvocationID.x;
  if (i < count) t[i] = x[i] * factor;
}
