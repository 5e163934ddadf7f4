// The edge model from Go: memory that C and Go share is the model's own.
package main

/*
#cgo LDFLAGS: ${SRCDIR}/edges.a -ldl -lpthread -lm
#include "edges.h"
#include <stdlib.h>
*/
import "C"

import (
	"fmt"
	"os"
	"unsafe"
)

const height, width = 120, 160

func fail(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(1)
}

func index(context *C.born_context, name string) C.uint32_t {
	text := C.CString(name)
	defer C.free(unsafe.Pointer(text))
	var output C.uint32_t
	if C.edges_find_output(context, 0, text, &output) != C.BORN_OK {
		fail(C.GoString(C.edges_message(context)))
	}
	return output
}

func main() {
	var message [512]C.char
	var context *C.born_context
	if C.edges_create(nil, &context, &message[0], 512) != C.BORN_OK {
		fail(C.GoString(&message[0]))
	}
	defer C.edges_destroy(context)
	frame := unsafe.Slice((*float32)(C.edges_input_memory(context, 0, 0)), height*width)
	for y := 40; y < 60; y++ {
		for x := 70; x < 90; x++ {
			frame[y*width+x] = 1
		}
	}
	if C.edges_run(context, 0, nil, nil) != C.BORN_OK {
		fail(C.GoString(C.edges_message(context)))
	}
	sharpness := (*float32)(C.edges_output_memory(context, 0, index(context, "sharpness")))
	fmt.Printf("sharpness %.6f\n", *sharpness)
}
