async fn update(&self, id: u64, change: Change) -> Result<User, Error> {
    ::behavior_trace::__private::callsite!(
        __BEHAVIOR_TRACE = ::behavior_trace::__private::Callsite::of_one("user.update",
        "User")
    );
    let mut __entry;
    let __returned: Result<User, Error> = '__body: {
        let change = change;
        __entry = ::behavior_trace::__private::Said::of(&(id)).enter(&__BEHAVIOR_TRACE);
        if false {
            break '__body (::behavior_trace::__private::never());
        }
        {
            ::behavior_trace::__private::resumes(
                ::behavior_trace::__private::waits(self.store(id, change), &mut __entry)
                    .await,
                &mut __entry,
            )
        }
    };
    ::behavior_trace::__private::Told::of(&__returned)
        .finish(&__BEHAVIOR_TRACE, __entry, __returned)
}
