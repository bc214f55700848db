//! The process of svc-review.

fn main() -> std::process::ExitCode {
    chassis::launch::main::<svc_review::Review>()
}
