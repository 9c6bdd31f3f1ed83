//! `SIGKILL` at random moments, under load: of `deploy`, each time resumed, and of the process
//! that a slot runs in.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::timing::Random;
use crate::place::Place;
use crate::process::Result;
use crate::traffic::Traffic;

const KILLS: usize = 25;

/// Measures.
pub fn run() -> Result<()> {
    let place = Place::prepare("bench-kills", true)?;
    place.first_version()?;
    place.second_version()?;
    let requests = place.python(&["live_requests.py", "data/2016.parquet"])?;
    let requests: Vec<String> = requests.lines().map(str::to_owned).collect();
    kill_slot(&place, &requests)?;
    full_rollout(&place, &requests)?;
    kill_deploy(&place, &requests)
}

fn start(address: &str, requests: &[String]) -> Traffic {
    let pause = Duration::from_millis(2);
    Traffic::start(address, "/v2/models/employment/infer", vec![requests.to_vec()], 4, pause)
}

fn full_rollout(place: &Place, requests: &[String]) -> Result<()> {
    let server = place.serve("prod")?;
    place.verb(&["deploy", "employment@1.0.0", "--endpoint", "prod"], &[0])?;
    let traffic = start(&server.address, requests);
    let begin = Instant::now();
    let answer = place.verb(&["deploy", "employment@1.1.0", "--endpoint", "prod"], &[0])?;
    let seconds = begin.elapsed().as_secs_f64();
    let seen = traffic.stop();
    println!(
        "one rollout under load: {} in {seconds:.1} s, {} requests, {} failed",
        answer.json["state"], seen.requests, seen.failed
    );
    Ok(())
}

/// Each round kills `deploy` once and resumes it.
fn kill_deploy(place: &Place, requests: &[String]) -> Result<()> {
    let server = place.serve("prod")?;
    let traffic = start(&server.address, requests);
    let mut random = Random(7);
    let mut ended = [0; 2];
    let mut killed = 0;
    for round in 0..KILLS {
        let reference = if round % 2 == 0 { "employment@1.0.0" } else { "employment@1.1.0" };
        let mut command = place.verb_command(&["deploy", reference, "--endpoint", "prod"]);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| e.to_string())?;
        std::thread::sleep(Duration::from_millis(random.next() % 2_500));
        if child.try_wait().map_err(|e| e.to_string())?.is_none() {
            killed += 1;
        }
        child.kill().map_err(|e| e.to_string())?;
        child.wait().map_err(|e| e.to_string())?;
        let answer = place.verb(&["deploy", "--resume", "--endpoint", "prod"], &[0, 1])?;
        ended[usize::from(answer.json["state"] == "rolled-back")] += 1;
    }
    let seen = traffic.stop();
    println!(
        "deploy killed {killed} times in {KILLS} rollouts, each resumed: {} finished, {} rolled back; \
         {} requests, {} failed",
        ended[0], ended[1], seen.requests, seen.failed
    );
    for problem in &seen.problems {
        println!("  {problem}");
    }
    Ok(())
}

/// Kills the process behind a slot of the endpoint `relay`.
fn kill_slot(place: &Place, requests: &[String]) -> Result<()> {
    let backing = place.serve("backing")?;
    place.verb(&["deploy", "employment@1.0.0", "--endpoint", "backing"], &[0])?;
    drop(backing);
    let server = place.serve("relay")?;
    place.verb(&["deploy", "employment@1.0.0", "--endpoint", "relay"], &[0])?;
    let traffic = start(&server.address, requests);
    let mut random = Random(11);
    let mut killed = 0;
    let deadline = Instant::now() + Duration::from_secs(120);
    while killed < KILLS && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(500 + random.next() % 1_000));
        let pid = place.pid_of("backing")?;
        let mut kill = Command::new("kill");
        kill.args(["-KILL", &pid]).stderr(Stdio::null());
        // A process that is just being started again cannot be killed: that round does not count.
        killed += usize::from(kill.status().map_err(|e| e.to_string())?.success());
    }
    std::thread::sleep(Duration::from_secs(2));
    let seen = traffic.stop();
    println!("slot killed {killed} times: {} requests, {} failed", seen.requests, seen.failed);
    for problem in &seen.problems {
        println!("  {problem}");
    }
    Ok(())
}
