// What the example of actix-web needs of that crate, so that the guide compiles without it.

mod actix_web {
    pub struct Error;
    pub mod body {
        pub trait MessageBody {}
    }
    pub mod dev {
        pub struct ServiceRequest(pub http::HeaderMap);
        impl ServiceRequest {
            pub fn peer_addr(&self) -> Option<std::net::SocketAddr> {
                None
            }
            pub fn match_pattern(&self) -> Option<String> {
                None
            }
            pub fn headers(&self) -> &http::HeaderMap {
                &self.0
            }
        }
        pub struct ServiceResponse<B>(pub std::marker::PhantomData<B>);
    }
    pub mod middleware {
        pub struct Next<B>(pub std::marker::PhantomData<B>);
        impl<B> Next<B> {
            pub async fn call(
                &self,
                _: super::dev::ServiceRequest,
            ) -> Result<super::dev::ServiceResponse<B>, super::Error> {
                Err(super::Error)
            }
        }
    }
}
