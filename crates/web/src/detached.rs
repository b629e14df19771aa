//! Work that its request starts and does not own: a client that hangs up ends its request in the middle, and with it
//! every permit that the request holds and every step that has not begun.
//!
//! Guarantees that the work runs to its end, with all that it owns: permits stay taken while it is under way, and those
//! who wait hear of what it has committed.

use crate::Language;

/// Runs `work` as a task of its own, in the language of the request, and waits for it.
pub async fn detached<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(Language::of_request().within(work)).await {
        Ok(done) => done,
        Err(ended) => match ended.try_into_panic() {
            // The request answers as if the work had been its own.
            Ok(panic) => std::panic::resume_unwind(panic),
            // Nobody cancels the task; the runtime shuts down, and this request with it.
            Err(_) => std::future::pending().await,
        },
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_continues_after_its_request_is_dropped() {
        let (go, wait) = oneshot::channel::<()>();
        let (ended, end) = oneshot::channel();
        let (began, begun) = oneshot::channel();
        let request = tokio::spawn(detached(async {
            began.send(()).unwrap();
            wait.await.unwrap();
            ended.send("all of it").unwrap();
        }));
        begun.await.unwrap();
        request.abort();
        assert!(request.await.unwrap_err().is_cancelled());
        go.send(()).unwrap();
        assert_eq!(end.await, Ok("all of it"));
    }

    #[tokio::test]
    async fn a_panic_reaches_the_request() {
        let request = tokio::spawn(detached(async { assert_eq!(1, 2, "on purpose") }));
        assert!(request.await.unwrap_err().is_panic());
    }
}
