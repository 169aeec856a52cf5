fn update(&self, id: u64, change: Change) -> Result<User, Error> {
    ::behavior_trace::__private::callsite!(
        __BEHAVIOR_TRACE = of_one("user.update", "User") in "behavior-trace-macros",
        "update";
    );
    let __call = ::behavior_trace::__private::TextOrDisplay::of(&(id))
        .enter(&__BEHAVIOR_TRACE);
    let __returned = ::behavior_trace::__private::run(move || -> Result<User, Error> {
        let change = change;
        { self.store(id, change) }
    });
    ::behavior_trace::__private::CheckResult::of(&__returned)
        .finish(&__BEHAVIOR_TRACE, __call, __returned)
}
