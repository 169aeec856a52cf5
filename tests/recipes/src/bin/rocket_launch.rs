use behavior_trace::{BehaviorTrace, record};
use rocket::{launch, post, routes};

#[post("/users/<id>/approve")]
fn approve(id: u64) {
    record!(action = "user.approve", resource = "User", resource_id = id);
}

#[launch]
fn rocket() -> _ {
    let recorder = BehaviorTrace::start("sqlite:activity.db").expect("a sound configuration");
    recorder.install().expect("the only subscriber");
    rocket::build()
        .manage(recorder)
        .mount("/", routes![approve])
}
