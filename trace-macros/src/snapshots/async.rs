async fn update(&self, id: u64, change: Change) -> Result<User, Error> {
    ::behavior_trace::__private::callsite!(
        __BEHAVIOR_TRACE = of_one("user.update", "User") in "behavior-trace-macros",
        "update";
    );
    let mut __call;
    let __returned: Result<User, Error> = '__body: {
        let change = change;
        __call = ::behavior_trace::__private::TextOrDisplay::of(&(id))
            .enter(&__BEHAVIOR_TRACE);
        if false {
            break '__body (::behavior_trace::__private::never());
        }
        {
            ::behavior_trace::__private::after_await(
                ::behavior_trace::__private::before_await(
                        self.store(id, change),
                        &mut __call,
                    )
                    .await,
                &mut __call,
            )
        }
    };
    ::behavior_trace::__private::CheckResult::of(&__returned)
        .finish(&__BEHAVIOR_TRACE, __call, __returned)
}
