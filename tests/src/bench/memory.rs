//! How much memory a process holds, as Linux tells it.

use anyhow::Context;

/// Megabytes.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Now.
    pub now: u64,
    /// The most so far.
    pub peak: u64,
}

/// The resident memory of a process.
pub fn of(pid: u32) -> anyhow::Result<Memory> {
    let path = format!("/proc/{pid}/status");
    let status = std::fs::read_to_string(&path).with_context(|| path.clone())?;
    let megabytes = |name: &str| {
        let line =
            status.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("{path}: {name}"))?;
        let kilobytes: u64 = line.trim_start_matches(':').trim().trim_end_matches("kB").trim().parse()?;
        anyhow::Ok(kilobytes / 1024)
    };
    Ok(Memory { now: megabytes("VmRSS")?, peak: megabytes("VmHWM")? })
}
