//! The settings of this service. It connects to nothing.

use chassis::{
    config::{Problems, StoreArgs, secret},
    launch::CommonArgs,
    rulebook::RulesArgs,
};
use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// The settings of svc-photo.
#[derive(Args, Debug, Clone)]
#[group(skip)]
pub struct PhotoConfig {
    /// The settings that every service has.
    #[command(flatten)]
    pub common: CommonArgs,
    /// Where pictures lie.
    #[command(flatten)]
    pub store: StoreArgs,
    /// How pictures are taken in.
    #[command(flatten)]
    pub pictures: PictureArgs,
    /// The rules, which say what materials there are.
    #[command(flatten)]
    pub rules: RulesArgs,
    /// The vendor of face checks.
    #[command(flatten)]
    pub face: FaceArgs,
}

/// How pictures are taken in.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Pictures")]
#[group(skip)]
pub struct PictureArgs {
    /// Address of svc-orders, which tells whose an order is
    #[arg(id = "orders_url", long = "orders-url", env = "ORDERS_URL", value_name = "URL")]
    pub orders_url: Option<Url>,
    /// Pictures that one process decodes at a time; each may take 256 MiB
    #[arg(
        id = "photo_decoders",
        long = "photo-decoders",
        env = "PHOTO_DECODERS",
        default_value_t = 2,
        value_name = "N"
    )]
    pub decoders: u16,
}

/// The vendor of face checks (Tencent Cloud `faceid`, `ImageRecognitionV2` 2018-03-01).
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Face check")]
#[group(skip)]
pub struct FaceArgs {
    /// Address of the vendor, `https://faceid.tencentcloudapi.com/`
    #[arg(id = "face_url", long = "face-url", env = "FACE_URL", value_name = "URL")]
    pub url: Option<Url>,
    /// Secret id, or `file:PATH`
    #[arg(id = "face_secret_id", long = "face-secret-id", env = "FACE_SECRET_ID", value_parser = secret)]
    #[arg(default_value = "", hide_default_value = true, hide_env_values = true, value_name = "ID")]
    pub secret_id: SecretString,
    /// Secret key, or `file:PATH`
    #[arg(id = "face_secret_key", long = "face-secret-key", env = "FACE_SECRET_KEY", value_parser = secret)]
    #[arg(default_value = "", hide_default_value = true, hide_env_values = true, value_name = "KEY")]
    pub secret_key: SecretString,
    /// Region of the vendor
    #[arg(id = "face_region", long = "face-region", env = "FACE_REGION", default_value = "ap-guangzhou")]
    #[arg(value_name = "REGION")]
    pub region: String,
    /// How long the vendor may take, in milliseconds
    #[arg(id = "face_timeout", long = "face-timeout-ms", env = "FACE_TIMEOUT_MS", default_value_t = 10_000)]
    #[arg(value_name = "MS")]
    pub timeout_ms: u64,
    /// Face checks of one order within a day
    #[arg(id = "face_tries", long = "face-tries-per-day", env = "FACE_TRIES_PER_DAY", default_value_t = 10)]
    #[arg(value_name = "N")]
    pub tries_per_day: u32,
}

impl PhotoConfig {
    /// Lists what is wrong with the settings that only this service has.
    pub fn check(&self, problems: &mut Problems) {
        self.store.check(problems);
        check_address("ORDERS_URL", self.pictures.orders_url.as_ref(), problems);
        problems.within("PHOTO_DECODERS", u64::from(self.pictures.decoders), 1..=64);
        check_address("FACE_URL", self.face.url.as_ref(), problems);
        problems.required("FACE_SECRET_ID", self.face.secret_id.expose_secret());
        problems.required("FACE_SECRET_KEY", self.face.secret_key.expose_secret());
        problems.within("FACE_TIMEOUT_MS", self.face.timeout_ms, 100..=60_000);
        problems.within("FACE_TRIES_PER_DAY", u64::from(self.face.tries_per_day), 1..=1000);
    }
}

fn check_address(name: &str, url: Option<&Url>, problems: &mut Problems) {
    match url.map(Url::scheme) {
        None => problems.add(name, "is required"),
        Some("http" | "https") => {}
        Some(other) => problems.add(name, format!("{other}: is not http or https")),
    }
}
