async fn update(&self, id: u64, change: Change) -> Result<User, Error> {
    ::behavior_trace::__private::callsite!(
        ::behavior_trace::__private::Callsite::new("user.update", "User", &
        ["resource_id"])
    );
    let __entry = __BEHAVIOR_TRACE
        .enter(&mut ::behavior_trace::__private::only_id(&(id)))
        .running(&__BEHAVIOR_TRACE);
    let __returned = async move {
        if false {
            return ::behavior_trace::__private::never::<Result<User, Error>>();
        }
        let change = change;
        { self.store(id, change).await }
    }
        .await;
    ::behavior_trace::__private::Telling.finish(&__BEHAVIOR_TRACE, __entry, __returned)
}
