//===- keep_loaded.cpp - for leak reports that can be told apart -----------===//
//
// The Vulkan loader unloads drivers, and then LeakSanitizer cannot say whose a
// leak is, so that lsan.supp finds nothing. In the sanitized tests nothing is
// ever unloaded.
//
//===----------------------------------------------------------------------===//

extern "C" __attribute__((visibility("default"))) int dlclose(void *) { return 0; }
