fn update(&self, id: u64, change: Change) -> Result<User, Error> {
    ::behavior_trace::__private::callsite!(
        __BEHAVIOR_TRACE = ::behavior_trace::__private::Callsite::of_one("user.update",
        "User")
    );
    ::behavior_trace::__private::Telling
        .run(
            &__BEHAVIOR_TRACE,
            ::behavior_trace::__private::Said::of(&(id)).enter(&__BEHAVIOR_TRACE),
            move || -> Result<User, Error> {
                let change = change;
                { self.store(id, change) }
            },
        )
}
