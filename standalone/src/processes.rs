//! The four services as four processes on real servers, started and ended together. It knows their programs and settings,
//! and nothing of what they do.

use std::{
    collections::BTreeMap,
    fs::{self, Permissions},
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, ensure};
use chassis::clock::SystemClock;
use sandbox::{
    Sandbox, SandboxArgs,
    infra::{Home, Infra, Wants},
};
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep, timeout},
};
use url::Url;

use crate::{
    SERVICES, databases,
    endpoints::Endpoints,
    keys::Keys,
    settings::{Place, Settings},
};

/// How long a service may take until it is ready.
const READY: Duration = Duration::from_secs(60);
/// A pod's grace.
const GRACE: Duration = Duration::from_secs(45);

/// What is wanted.
pub struct ProcessesArgs {
    /// Where data, keys, logs and scripts are kept.
    pub dir: PathBuf,
    /// Whether the data survives the end.
    pub home: Home,
    /// Which servers, and how.
    pub wants: Wants,
    /// Settings of every service besides those that the house needs.
    pub more: Vec<(&'static str, String)>,
    /// Where the outside world listens.
    pub sandbox: SandboxArgs,
}

/// Four running services with everything around them.
pub struct Processes {
    /// Where everything listens.
    pub endpoints: Endpoints,
    /// The outside world.
    pub sandbox: Sandbox,
    infra: Infra,
    settings: BTreeMap<&'static str, Settings>,
    running: BTreeMap<&'static str, Child>,
    programs: PathBuf,
    dir: PathBuf,
}

impl Processes {
    /// Starts servers, databases, the outside world and the services, in this order; what was started ends when it fails.
    pub async fn start(args: ProcessesArgs) -> anyhow::Result<Self> {
        let ProcessesArgs { dir, home, wants, more, sandbox } = args;
        fs::create_dir_all(&dir).with_context(|| format!("{}", dir.display()))?;
        let dir = std::path::absolute(dir)?;
        let infra = Infra::start(home, wants).await?;
        let admin = Url::parse(infra.database_url()?)?;
        databases::create(&SERVICES, &admin).await?;
        let sandbox = Sandbox::start(sandbox, Arc::new(SystemClock)).await?;
        let keys = Keys::of(&dir)?;
        let ports =
            SERVICES.iter().map(|name| Ok((*name, free_port()?))).collect::<anyhow::Result<BTreeMap<_, _>>>()?;
        let address = |name: &str| at(ports.get(name).copied().unwrap_or_default());
        let endpoints = Endpoints {
            orders: address("svc-orders")?,
            review: address("svc-review")?,
            photo: address("svc-photo")?,
            notify: address("svc-notify")?,
            sandbox: sandbox.http.clone(),
        };
        let mut settings = BTreeMap::new();
        for (name, port) in &ports {
            let place = Place {
                service: name,
                database: databases::of(name, &admin),
                bind: format!("127.0.0.1:{port}"),
                orders: endpoints.orders.clone(),
                review: endpoints.review.clone(),
                notify: endpoints.notify.clone(),
                amqp: Some(infra.amqp_url()?.to_owned()),
                redis: Some(infra.redis_url()?.to_owned()),
                objects: dir.join("objects"),
            };
            settings.insert(*name, Settings::of(&place, &sandbox, &keys)?.with(more.clone()));
        }
        let programs = programs()?;
        let mut all = Self { endpoints, sandbox, infra, settings, running: BTreeMap::new(), programs, dir };
        for service in SERVICES {
            all.write_script(service)?;
            all.once(service, &["migrate"], &[]).await?;
        }
        for service in SERVICES {
            all.launch(service)?;
        }
        for service in SERVICES {
            all.ready(service).await?;
        }
        Ok(all)
    }

    /// Runs a service's program for something that ends, with its settings and these instead of some of them; answers what
    /// it printed.
    pub async fn once(&self, service: &str, task: &[&str], instead: &[(&str, &str)]) -> anyhow::Result<String> {
        let mut command = self.command(service)?;
        let output =
            command.args(task).envs(instead.iter().copied()).output().await.with_context(|| service.to_owned())?;
        ensure!(output.status.success(), "{service} {task:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Starts a service that is not running, and waits until it is ready.
    pub async fn start_again(&mut self, service: &'static str) -> anyhow::Result<()> {
        self.launch(service)?;
        self.ready(service).await
    }

    /// Ends a service as `kill -9` does.
    pub async fn kill(&mut self, service: &'static str) -> anyhow::Result<()> {
        let mut child = self.running.remove(service).with_context(|| format!("{service} is not running"))?;
        child.kill().await.with_context(|| service.to_owned())
    }

    /// The process id of a running service.
    #[must_use]
    pub fn pid(&self, service: &str) -> Option<u32> {
        self.running.get(service).and_then(Child::id)
    }

    /// Sends a running service a signal, `HUP` or `TERM`.
    pub async fn signal(&self, service: &str, signal: &str) -> anyhow::Result<()> {
        let pid = self.pid(service).with_context(|| format!("{service} is not running"))?;
        let status = Command::new("kill").args(["-s", signal, &pid.to_string()]).status().await?;
        ensure!(status.success(), "{service} could not be told {signal}");
        Ok(())
    }

    /// The services that ended by themselves since the last call, with their exit status.
    pub fn ended(&mut self) -> Vec<(&'static str, std::process::ExitStatus)> {
        let ended: Vec<_> = self
            .running
            .iter_mut()
            .filter_map(|(name, child)| Some((*name, child.try_wait().ok().flatten()?)))
            .collect();
        for (name, _) in &ended {
            self.running.remove(name);
        }
        ended
    }

    /// The URL of the database server's superuser.
    pub fn database_url(&self) -> anyhow::Result<Url> {
        Ok(Url::parse(self.infra.database_url()?)?)
    }

    /// The script that starts a service with its settings.
    #[must_use]
    pub fn script(&self, service: &str) -> PathBuf {
        self.dir.join(format!("{service}.sh"))
    }

    /// Where a service's log is.
    #[must_use]
    pub fn log(&self, service: &str) -> PathBuf {
        self.dir.join(format!("{service}.log"))
    }

    /// Asks every service to stop, waits for each, and ends the servers.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        for child in self.running.values() {
            if let Some(pid) = child.id() {
                // Its failure means that the process has just ended.
                let _ended = Command::new("kill").args(["-s", "TERM", &pid.to_string()]).status().await?;
            }
        }
        for (name, child) in &mut self.running {
            if timeout(GRACE, child.wait()).await.is_err() {
                child.kill().await.with_context(|| format!("{name} did not stop in time"))?;
            }
        }
        self.sandbox.stop().await;
        self.infra.stop().await
    }

    fn command(&self, service: &str) -> anyhow::Result<Command> {
        let settings = self.settings.get(service).with_context(|| format!("{service} is no service"))?;
        let mut command = Command::new(self.programs.join(service));
        command.envs(settings.environment()).stdin(Stdio::null()).kill_on_drop(true);
        Ok(command)
    }

    fn launch(&mut self, service: &'static str) -> anyhow::Result<()> {
        ensure!(!self.running.contains_key(service), "{service} is running");
        let path = self.log(service);
        let log = fs::File::options().create(true).append(true).open(&path)?;
        let mut command = self.command(service)?;
        // Its own group: Ctrl-C on the terminal is for us, and we end the services in order.
        command.stdout(log.try_clone()?).stderr(log).process_group(0);
        let child = command.spawn().with_context(|| format!("{service} cannot be started"))?;
        self.running.insert(service, child);
        Ok(())
    }

    async fn ready(&mut self, service: &'static str) -> anyhow::Result<()> {
        let url = self.address(service).join("readyz")?;
        let end = Instant::now() + READY;
        loop {
            let answer = reqwest::get(url.clone()).await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            if let Some((_, status)) = self.ended().into_iter().find(|(name, _)| *name == service) {
                anyhow::bail!("{service} ended: {status}; its log ends:\n{}", tail(&self.log(service)));
            }
            ensure!(Instant::now() < end, "{service} is not ready; its log ends:\n{}", tail(&self.log(service)));
            sleep(Duration::from_millis(50)).await;
        }
    }

    fn address(&self, service: &str) -> &Url {
        match service {
            "svc-review" => &self.endpoints.review,
            "svc-photo" => &self.endpoints.photo,
            "svc-notify" => &self.endpoints.notify,
            _ => &self.endpoints.orders,
        }
    }

    fn write_script(&self, service: &str) -> anyhow::Result<()> {
        let settings = self.settings.get(service).with_context(|| format!("{service} is no service"))?;
        let mut text = String::from("#!/bin/sh\n# Starts this service with the settings of this house.\n");
        for (name, value) in settings.environment() {
            text.push_str(&format!("export {name}='{}'\n", value.replace('\'', r"'\''")));
        }
        text.push_str(&format!("exec '{}' \"$@\"\n", self.programs.join(service).display()));
        let path = self.script(service);
        fs::write(&path, text).with_context(|| format!("{}", path.display()))?;
        fs::set_permissions(&path, Permissions::from_mode(0o700))?;
        Ok(())
    }
}

/// The folder of the programs: the one of this program, or the one above for a test.
fn programs() -> anyhow::Result<PathBuf> {
    let this = std::env::current_exe()?;
    let folder = this.parent().context("a program without a folder")?;
    let folder = if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder };
    for service in SERVICES {
        let program = folder.join(service);
        ensure!(program.is_file(), "{} is not built: `cargo build --workspace --bins`", program.display());
    }
    Ok(folder.to_owned())
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn at(port: u16) -> anyhow::Result<Url> {
    Ok(Url::parse(&format!("http://127.0.0.1:{port}/"))?)
}

fn tail(log: &Path) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines.iter().skip(lines.len().saturating_sub(15)).copied().collect::<Vec<_>>().join("\n")
}
