//! The process of a server: started, signalled and reaped by its id, and ended with its process group.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// Interval of the checks on a process that starts or stops.
const POLL: Duration = Duration::from_millis(20);

/// Script that writes its process id for the watchdog and then becomes the server. So the server never runs without a known
/// id. If the directory is gone, it never runs at all.
const LAUNCH: &str = r#"echo $$ >"$0" && exec "$@""#;

/// Slot for at most one process at a time.
#[derive(Debug)]
pub(crate) struct Child {
    pid_file: PathBuf,
    log: PathBuf,
    process: Mutex<Option<process::Child>>,
}

impl Child {
    pub(crate) fn new(home: &Path) -> Self {
        Self {
            pid_file: home.join("pid"),
            log: home.join("log"),
            process: Mutex::new(None),
        }
    }

    /// Returns the file with the output of the process.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.process().as_ref().map(process::Child::id)
    }

    /// Starts the process of these `words` and waits until it `answers`. Ends it if it does not answer in time.
    pub(crate) fn start(
        &self,
        words: &[String],
        patience: Duration,
        answers: impl Fn() -> bool,
    ) -> Result<(), String> {
        let deadline = Instant::now() + patience;
        let mut slot = self.process();
        let process = slot.insert(self.spawn(words)?);
        let failure = loop {
            match process.try_wait() {
                Ok(Some(status)) => {
                    self.forget(&mut slot);
                    return Err(format!("ended while it started ({status})"));
                }
                Ok(None) if answers() => return Ok(()),
                Ok(None) if Instant::now() >= deadline => {
                    break format!("did not answer within {patience:?}");
                }
                Ok(None) => thread::sleep(POLL),
                Err(error) => break format!("cannot be waited for: {error}"),
            }
        };
        self.end(&mut slot);
        Err(failure)
    }

    fn spawn(&self, words: &[String]) -> Result<process::Child, String> {
        let log = File::options().create(true).append(true).open(&self.log);
        let log = log.and_then(|log| Ok((log.try_clone()?, log)));
        let (stdout, stderr) = log.map_err(|e| format!("cannot write its log: {e}"))?;
        let mut shell = Command::new("sh");
        shell
            .args(["-c", LAUNCH])
            .arg(&self.pid_file)
            .args(words)
            .process_group(0);
        shell.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
        shell.spawn().map_err(|e| format!("did not start: {e}"))
    }

    /// Kills the process.
    pub(crate) fn kill(&self) {
        self.end(&mut self.process());
    }

    /// Asks the process to end and waits for it. Kills it if it takes longer than `patience`.
    pub(crate) fn stop(&self, patience: Duration) -> Result<(), String> {
        let mut slot = self.process();
        let Some(process) = slot.as_mut() else {
            return Ok(());
        };
        signal(process, Signal::TERM)?;
        // A frozen process handles no signal.
        signal(process, Signal::CONT)?;
        let deadline = Instant::now() + patience;
        while matches!(process.try_wait(), Ok(None)) && Instant::now() < deadline {
            thread::sleep(POLL);
        }
        if matches!(process.try_wait(), Ok(Some(_))) {
            self.forget(&mut slot);
            return Ok(());
        }
        self.end(&mut slot);
        Err(format!("did not stop within {patience:?} and was killed"))
    }

    pub(crate) fn pause(&self) -> Result<(), String> {
        self.signal(Signal::STOP)
    }

    pub(crate) fn resume(&self) -> Result<(), String> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, which: Signal) -> Result<(), String> {
        match self.process().as_ref() {
            Some(process) => signal(process, which),
            None => Err("does not run".to_owned()),
        }
    }

    /// Kills the process and its group, and reaps it. Reaping frees the id for other processes, so the file is removed before.
    fn end(&self, slot: &mut Option<process::Child>) {
        if let Some(mut process) = slot.take() {
            let _ = kill_process_group(Pid::from_child(&process), Signal::KILL);
            let _ = fs::remove_file(&self.pid_file);
            let _ = process.wait();
        }
    }

    /// Forgets a process that is reaped, whose id may be another's.
    fn forget(&self, slot: &mut Option<process::Child>) {
        *slot = None;
        let _ = fs::remove_file(&self.pid_file);
    }

    fn process(&self) -> MutexGuard<'_, Option<process::Child>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
    }
}

fn signal(process: &process::Child, which: Signal) -> Result<(), String> {
    kill_process(Pid::from_child(process), which).map_err(|e| format!("cannot be signalled: {e}"))
}
