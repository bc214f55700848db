//! The settings of what faces outwards: HTTP, telemetry, and the crash points of fault tests. It opens no port.

use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use clap::{Args, ValueEnum};
use url::Url;

use super::Problems;

/// The HTTP server.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "HTTP")]
#[group(skip)]
pub struct HttpArgs {
    /// Address and port to listen on
    #[arg(id = "http_bind", long = "http-bind", env = "HTTP_BIND", default_value_t = Self::default().bind, value_name = "ADDR")]
    pub bind: SocketAddr,
    /// How people reach this service; with https, answers carry Strict-Transport-Security
    #[arg(id = "http_public_url", long = "http-public-url", env = "HTTP_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<Url>,
    /// Largest JSON body, in bytes (uploads of pictures and videos have their own limits)
    #[arg(id = "http_body_limit", long = "http-body-limit-bytes", env = "HTTP_BODY_LIMIT_BYTES")]
    #[arg(default_value_t = Self::default().body_limit_bytes, value_name = "BYTES")]
    pub body_limit_bytes: usize,
    /// Worker threads; 0 means one for each processor
    #[arg(id = "http_workers", long = "http-workers", env = "HTTP_WORKERS", default_value_t = Self::default().workers)]
    #[arg(value_name = "N")]
    pub workers: usize,
    /// How long a request may take until its answer begins, in milliseconds
    #[arg(id = "http_deadline", long = "http-deadline-ms", env = "HTTP_DEADLINE_MS", default_value_t = Self::default().deadline_ms)]
    #[arg(value_name = "MS")]
    pub deadline_ms: u64,
    /// Networks of our own proxies, `10.0.0.0/8,fd00::/8`: only their X-Forwarded-For is believed
    #[arg(id = "http_trusted_proxies", long = "http-trusted-proxies", env = "HTTP_TRUSTED_PROXIES")]
    #[arg(value_delimiter = ',', value_name = "CIDR,...")]
    pub trusted_proxies: Vec<Network>,
    /// Requests per minute of one signed-in principal
    #[arg(id = "http_rate", long = "http-rate-per-minute", env = "HTTP_RATE_PER_MINUTE")]
    #[arg(default_value_t = Self::default().rate_per_minute, value_name = "N")]
    pub rate_per_minute: u32,
    /// Requests that one signed-in principal may send at once
    #[arg(id = "http_rate_burst", long = "http-rate-burst", env = "HTTP_RATE_BURST", default_value_t = Self::default().rate_burst)]
    #[arg(value_name = "N")]
    pub rate_burst: u32,
    /// Requests per minute of one network (/24 or /64) before sign-in; a quarter of it may come at once
    #[arg(id = "http_anonymous_rate", long = "http-anonymous-rate-per-minute", env = "HTTP_ANONYMOUS_RATE_PER_MINUTE")]
    #[arg(default_value_t = Self::default().anonymous_rate_per_minute, value_name = "N")]
    pub anonymous_rate_per_minute: u32,
}

impl Default for HttpArgs {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            body_limit_bytes: 1024 * 1024,
            workers: 0,
            deadline_ms: 30_000,
            trusted_proxies: Vec::new(),
            rate_per_minute: 600,
            rate_burst: 100,
            anonymous_rate_per_minute: 240,
        }
    }
}

impl HttpArgs {
    /// Lists what is wrong with these settings.
    pub fn check(&self, problems: &mut Problems) {
        if !(1024..=64 * 1024 * 1024).contains(&self.body_limit_bytes) {
            problems.add("HTTP_BODY_LIMIT_BYTES", "must be within 1 KiB to 64 MiB");
        }
        problems.within("HTTP_DEADLINE_MS", self.deadline_ms, 100..=600_000);
        let rates = [
            ("HTTP_RATE_PER_MINUTE", self.rate_per_minute),
            ("HTTP_RATE_BURST", self.rate_burst),
            ("HTTP_ANONYMOUS_RATE_PER_MINUTE", self.anonymous_rate_per_minute),
        ];
        for (name, rate) in rates {
            problems.within(name, u64::from(rate), 1..=1_000_000);
        }
        if let Some(url) = &self.public_url
            && !matches!(url.scheme(), "http" | "https")
        {
            problems.add("HTTP_PUBLIC_URL", "must be http or https");
        }
    }
}

/// A network in CIDR notation, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Network {
    /// Whether the address lies in this network; an IPv4 address written as IPv6 counts as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        Self { address: address.to_canonical(), prefix: self.prefix }.start() == self.start()
    }

    /// The network's first address, by the length of its kind, so that kinds never equal each other.
    fn start(&self) -> (u32, u128) {
        let (bits, value) = match self.address {
            IpAddr::V4(v4) => (32, u128::from(v4.to_bits())),
            IpAddr::V6(v6) => (128, v6.to_bits()),
        };
        let host_bits = u32::saturating_sub(bits, self.prefix);
        (bits, value.checked_shr(host_bits).unwrap_or(0))
    }

    /// The network around an address that counts as one client before sign-in: /24 of IPv4, /64 of IPv6.
    #[must_use]
    pub fn around(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                Self { address: IpAddr::from([a, b, c, 0]), prefix: 24 }
            }
            IpAddr::V6(v6) => Self { address: IpAddr::V6((v6.to_bits() >> 64 << 64).into()), prefix: 64 },
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, prefix) = text.trim().split_once('/').unzip();
        let address: IpAddr =
            address.unwrap_or(text.trim()).parse().map_err(|error| format!("not a network address: {error}"))?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let prefix: u32 = match prefix {
            Some(digits) => digits.parse().map_err(|error| format!("not a prefix length: {error}"))?,
            None => most,
        };
        if prefix > most {
            return Err(format!("a prefix of this kind has at most {most} bits"));
        }
        Ok(Self { address, prefix })
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// How log lines look.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people at a terminal
    #[default]
    Text,
    /// One JSON object a line, for collectors
    Json,
}

/// Logs, traces, metrics.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Telemetry")]
#[group(skip)]
pub struct TelemetryArgs {
    /// How log lines look
    #[arg(id = "log_format", long = "log-format", env = "LOG_FORMAT", value_enum, default_value_t = Self::default().format)]
    #[arg(value_name = "FORMAT")]
    pub format: LogFormat,
    /// What is logged, in the notation of tracing's `EnvFilter`: `info,svc_orders=debug`
    #[arg(id = "log_filter", long = "log-filter", env = "LOG_FILTER", default_value_t = Self::default().filter)]
    #[arg(value_name = "FILTER")]
    pub filter: String,
    /// OTLP collector (gRPC without TLS, so one beside the service), `http://localhost:4317`; absent: nothing is sent
    #[arg(id = "otlp_endpoint", long = "otlp-endpoint", env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL")]
    pub otlp_endpoint: Option<Url>,
}

impl Default for TelemetryArgs {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info".into(), otlp_endpoint: None }
    }
}

impl TelemetryArgs {
    /// Lists what is wrong with these settings.
    pub fn check(&self, problems: &mut Problems) {
        if let Err(error) = tracing_subscriber::EnvFilter::try_new(&self.filter) {
            problems.add("LOG_FILTER", error);
        }
        if self.otlp_endpoint.as_ref().is_some_and(|url| url.scheme() != "http") {
            problems.add("OTEL_EXPORTER_OTLP_ENDPOINT", "must be http: the exporter is built without TLS");
        }
    }
}

/// Where a fault test makes the process die. Never set in production.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Fault tests")]
#[group(skip)]
pub struct FaultArgs {
    /// Names of crash points; the process aborts where it first meets one of them
    #[arg(id = "fault_crash_at", long = "fault-crash-at", env = "FAULT_CRASH_AT", hide = true)]
    #[arg(value_delimiter = ',', value_name = "POINT,...")]
    pub crash_at: Vec<String>,
}

impl FaultArgs {
    /// Lists what is wrong with these settings.
    pub fn check(&self, problems: &mut Problems) {
        for point in self.crash_at.iter().filter(|point| !point.contains('.')) {
            problems.add(
                "FAULT_CRASH_AT",
                format!("{point:?} is not a point's name, such as relay.after_publish_before_mark"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_knows_its_own() {
        let network: Network = "10.1.0.0/16".parse().unwrap();
        assert!(network.contains("10.1.255.3".parse().unwrap()));
        assert!(network.contains("::ffff:10.1.2.3".parse().unwrap()));
        assert!(!network.contains("10.2.0.1".parse().unwrap()));
        assert!(!network.contains("::1".parse().unwrap()));
        let all: Network = "::/0".parse().unwrap();
        assert!(all.contains("2001:db8::1".parse().unwrap()) && !all.contains("10.0.0.1".parse().unwrap()));
        assert!("10.0.0.0/33".parse::<Network>().is_err());
        assert_eq!("10.0.0.1".parse::<Network>().unwrap().to_string(), "10.0.0.1/32");
    }

    #[test]
    fn clients_before_sign_in_count_by_their_network() {
        assert_eq!(Network::around("203.0.113.77".parse().unwrap()).to_string(), "203.0.113.0/24");
        assert_eq!(Network::around("2001:db8:1:2:3:4:5:6".parse().unwrap()).to_string(), "2001:db8:1:2::/64");
    }
}
