//! The description of the API is kept as a file, so that a change of it is seen.

use std::path::Path;

use svc_photo::Photo;

#[test]
fn the_golden_description_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let described = format!("{}\n", chassis::launch::describe::<Photo>().unwrap().trim_end());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &described).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    assert!(golden == described, "the API changed; if that was meant, run `make golden`");
}
