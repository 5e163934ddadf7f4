#version 450
// y = t + w; one invocation per element.
layout(local_size_x = 64) in;
layout(push_constant) uniform Immediates { uint count; };
layout(set = 0, binding = 0) readonly buffer T { float t[]; };
layout(set = 0, binding = 1) readonly buffer W { float w[]; };
layout(set = 0, binding = 2) writeonly buffer Y { float y[]; };
void main() {
  uint i = gl_GlobalInvocationID.x;
  if (i < count) y[i] = t[i] + w[i];
}
