//! The process of svc-notify.

fn main() -> std::process::ExitCode {
    chassis::launch::main::<svc_notify::Notify>()
}
