//! The process `svc-orders`.

fn main() -> std::process::ExitCode {
    chassis::launch::main::<svc_orders::Orders>()
}
