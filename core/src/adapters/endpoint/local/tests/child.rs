//! Models in processes of their own.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::harness::{House, Served};
use crate::domain::error::ErrorKind;
use crate::ports::endpoint::Endpoint;

fn frame() -> Value {
    json!({ "dataframe_split": { "columns": ["a"], "data": [[1], [2]] } })
}

/// Process ids of the children, from their notes.
fn pids(house: &House) -> Vec<i32> {
    let notes = std::fs::read_dir(house.folder().join("children")).unwrap();
    let mut pids: Vec<(std::path::PathBuf, i32)> = notes
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "pid"))
        .map(|p| {
            let text = std::fs::read_to_string(&p).unwrap();
            let pid = text.split(' ').next().unwrap().parse().unwrap();
            (p, pid)
        })
        .collect();
    pids.sort();
    pids.into_iter().map(|(_, pid)| pid).collect()
}

fn kill(pid: i32) {
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

fn is_alive(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|s| !s.rsplit_once(')').unwrap().1.trim().starts_with('Z'))
}

/// Asks without pause from two threads while `meanwhile` runs; answers how often, and fails on
/// the first answer that is not 200.
fn under_load(served: &Served, meanwhile: impl FnOnce()) -> usize {
    let (done, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        let (status, answer, _) = served.post("/invocations", &frame());
                        assert_eq!(status, 200, "{answer}");
                        asked.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        meanwhile();
        done.store(true, Ordering::Relaxed);
        callers.into_iter().for_each(|c| c.join().unwrap());
    });
    asked.into_inner()
}

#[test]
fn a_killed_candidate_costs_no_caller_an_answer() {
    let house = House::command();
    let served = house.serve();
    served.load_scorer("1.0.0", json!({ "score": 0.25 })).unwrap();
    served.load_scorer("1.1.0", json!({ "score": 0.75 })).unwrap();
    served.traffic(&[("1.0.0", 50), ("1.1.0", 50)]);
    let asked = under_load(&served, || {
        for round in 0..3 {
            std::thread::sleep(Duration::from_millis(150));
            kill(pids(&house)[1]);
            let restarted = |s: &Served| {
                let slot = s.endpoint.status().unwrap().slots.remove("1.1.0").unwrap();
                slot.healthy && slot.restarts > round
            };
            served.eventually("the process is started again", restarted);
        }
    });
    assert!(asked > 20, "{asked}");
    let (_, errors) = served.counts("1.1.0");
    assert!(errors > 0);
    assert_eq!(served.counts("1.0.0").1, 0);
}

#[test]
fn a_killed_single_version_is_waited_for() {
    let house = House::command();
    let served = house.serve();
    served.load_scorer("1.0.0", json!({ "score": 0.25 })).unwrap();
    served.traffic(&[("1.0.0", 100)]);
    under_load(&served, || {
        std::thread::sleep(Duration::from_millis(100));
        kill(pids(&house)[0]);
        served.eventually("the process is started again", |s| {
            let slot = s.endpoint.status().unwrap().slots.remove("1.0.0").unwrap();
            slot.healthy && slot.restarts == 1
        });
    });
}

#[test]
fn a_child_answers_both_protocols() {
    let house = House::command();
    let served = house.serve();
    served.load_scorer("1.0.0", json!({ "score": 0.25 })).unwrap();
    served.traffic(&[("1.0.0", 100)]);
    let (status, answer, _) = served.post("/invocations", &frame());
    assert_eq!((status, answer), (200, json!({ "predictions": [0.25, 0.25] })));
    let body = json!({ "inputs": [
        { "name": "a", "datatype": "INT64", "shape": [3], "data": [1, 2, 3] },
    ]});
    let (status, answer, _) = served.infer(&body);
    assert_eq!(status, 200, "{answer}");
    let wanted = json!([{ "name": "predictions", "datatype": "FP64", "shape": [3],
                          "data": [0.25, 0.25, 0.25] }]);
    assert_eq!(answer["outputs"], wanted);
}

#[test]
fn every_way_to_fail_is_hidden_by_the_stable_version() {
    let mut house = House::command();
    house.config.request_timeout = Duration::from_secs(1);
    let served = house.serve();
    served.load_scorer("1.0.0", json!({ "score": 0.25 })).unwrap();
    let broken = [
        json!({ "status": 500 }),
        json!({ "status": 400 }),
        json!({ "slow": 30 }),
        json!({ "text": "{\"predictions\": [NaN, 1]}" }),
        json!({ "text": "{\"predictions\": [null, 1]}" }),
        json!({ "text": "{\"predictions\": [1]}" }),
        json!({ "text": "<html>" }),
    ];
    for model in broken {
        served.load_scorer("1.1.0", model.clone()).unwrap();
        served.traffic(&[("1.0.0", 75), ("1.1.0", 25)]);
        for _ in 0..4 {
            let (status, answer, version) = served.post("/invocations", &frame());
            assert_eq!((status, version.as_str()), (200, "1.0.0"), "{model} {answer}");
        }
        assert_eq!(served.counts("1.1.0"), (1, 1), "{model}");
        served.traffic(&[("1.0.0", 100)]);
        served.endpoint.unload("1.1.0").unwrap();
    }
}

#[test]
fn a_process_that_does_not_come_up_is_an_error_with_its_words() {
    let mut house = House::command();
    house.config.load_timeout = Duration::from_secs(2);
    let served = house.serve();
    let error = served.load_scorer("1.0.0", json!({ "die": true })).unwrap_err();
    assert!(error.to_string().contains("the model file is damaged"), "{error}");
    let error = served.load_scorer("1.0.0", json!({ "deaf": true })).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(served.endpoint.status().unwrap().slots.is_empty());
    assert!(pids(&house).is_empty());
}

#[test]
fn processes_end_with_their_slot_and_with_the_server() {
    let house = House::command();
    let served = house.serve();
    served.load_scorer("1.0.0", json!({ "score": 0.25 })).unwrap();
    served.load_scorer("1.1.0", json!({ "score": 0.75 })).unwrap();
    served.traffic(&[("1.0.0", 100)]);
    let before = pids(&house);
    assert!(before.iter().all(|pid| is_alive(*pid)));
    served.endpoint.unload("1.1.0").unwrap();
    assert!(is_alive(before[0]) && !is_alive(before[1]));
    served.stop();
    assert!(!is_alive(before[0]));
    assert!(pids(&house).is_empty());
}

#[test]
fn a_server_that_was_killed_comes_back_and_ends_what_it_left() {
    let house = House::command();
    let (mut process, served) = house.serve_apart();
    served.load_scorer("1.0.0", json!({ "score": 0.25 })).unwrap();
    served.load_scorer("1.1.0", json!({ "score": 0.75 })).unwrap();
    served.traffic(&[("1.0.0", 80), ("1.1.0", 20)]);
    let before = served.endpoint.status().unwrap();
    let orphans = pids(&house);
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(orphans.iter().all(|pid| is_alive(*pid)));
    let served = house.serve();
    assert!(!orphans.iter().any(|pid| is_alive(*pid)));
    assert_eq!(served.endpoint.status().unwrap(), before);
    assert_eq!(served.post("/invocations", &frame()).0, 200);
}

#[test]
fn a_server_asked_to_end_answers_what_it_was_asked_before() {
    let house = House::command();
    let (mut process, served) = house.serve_apart();
    served.load_scorer("1.0.0", json!({ "score": 0.25, "slow": 1 })).unwrap();
    served.traffic(&[("1.0.0", 100)]);
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| served.post("/invocations", &frame()));
        std::thread::sleep(Duration::from_millis(300));
        let id = rustix::process::Pid::from_raw(process.id().cast_signed()).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        assert_eq!(slow.join().unwrap().0, 200);
    });
    assert!(process.wait().unwrap().success());
    assert!(pids(&house).is_empty());
}
