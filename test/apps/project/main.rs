// The edge model from Rust. bindgen makes these declarations of edges.h in a
// larger program.
use std::ffi::{c_char, c_int, c_void, CStr};
use std::ptr::{null, null_mut};

#[repr(C)]
struct Buffer {
    data: *const c_void, // born_input and born_output
    size: u64,
}

#[link(name = "edges", kind = "static")]
#[link(name = "dl")]
#[link(name = "m")]
extern "C" {
    fn edges_create(options: *const c_void, out: *mut *mut c_void, message: *mut c_char, size: usize) -> c_int;
    fn edges_run(context: *mut c_void, program: u32, inputs: *const Buffer, outputs: *const Buffer) -> c_int;
    fn edges_message(context: *const c_void) -> *const c_char;
    fn edges_destroy(context: *mut c_void);
}

fn check(status: c_int, message: *const c_char) {
    if status != 0 {
        eprintln!("{}", unsafe { CStr::from_ptr(message) }.to_string_lossy());
        std::process::exit(1);
    }
}

fn main() {
    const WIDTH: usize = 160;
    let mut frame = vec![0f32; 120 * WIDTH];
    for y in 40..60 {
        frame[y * WIDTH + 70..y * WIDTH + 90].fill(1.0);
    }
    let mut sharpness = 0f32;
    let input = Buffer { data: frame.as_ptr().cast(), size: (frame.len() * 4) as u64 };
    let outputs = [
        Buffer { data: null(), size: 0 }, // the picture is not needed
        Buffer { data: (&mut sharpness as *mut f32).cast_const().cast(), size: 4 },
    ];
    unsafe {
        let mut context = null_mut();
        let mut message = [0 as c_char; 512];
        check(edges_create(null(), &mut context, message.as_mut_ptr(), 512), message.as_ptr());
        check(edges_run(context, 0, &input, outputs.as_ptr()), edges_message(context));
        edges_destroy(context);
    }
    println!("sharpness {sharpness:.6}");
}
