# cmake -DOUTPUT=<file> -DINPUTS=<a;b> -DFOLDER=<name> -P embed.cmake: the text of files as
# C++ raw strings, for `static const struct { const char *path, *text; } files[]`.
set(content "")
foreach(input ${INPUTS})
  file(READ ${input} text)
  get_filename_component(name ${input} NAME)
  string(APPEND content "{\"${FOLDER}/${name}\", R\"born(${text})born\"},\n")
endforeach()
file(WRITE ${OUTPUT} "${content}")
