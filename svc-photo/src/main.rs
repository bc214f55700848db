//! The process `svc-photo`.

fn main() -> std::process::ExitCode {
    chassis::launch::main::<svc_photo::Photo>()
}
