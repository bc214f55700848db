//! The description of the API is kept as a file, so that a change of it is seen.

use std::path::Path;

use svc_orders::Orders;

#[test]
fn the_golden_description_is_current() -> anyhow::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let described = format!("{}\n", chassis::launch::describe::<Orders>()?.trim_end());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &described)?;
    }
    let golden = std::fs::read_to_string(&path)?;
    assert!(golden == described, "the API changed; if that was meant, run `make golden`");
    Ok(())
}
