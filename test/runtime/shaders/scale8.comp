#version 450
#extension GL_KHR_shader_subgroup_shuffle : require
// The same as scale.comp for subgroups of 8. A shuffle that changes nothing
// stands for the code that needs the size.
layout(local_size_x = 8) in;
layout(push_constant) uniform Immediates { uint count; float factor; };
layout(set = 0, binding = 0) readonly buffer X { float x[]; };
layout(set = 0, binding = 1) writeonly buffer T { float t[]; };
void main() {
  uint i = gl_GlobalInvocationID.x;
  float value = i < count ? x[i] * factor : 0.0;
  value = subgroupShuffle(subgroupShuffle(value, 7 - gl_SubgroupInvocationID),
                          7 - gl_SubgroupInvocationID);
  if (i < count) t[i] = value;
}
