//! The face check as a port: is the living person in the picture the one whom the document names? It knows no order.

mod tencent;

use async_trait::async_trait;
use chassis::failure::Failure;

pub(crate) use tencent::Tencent;

/// Who is to be recognised. It lives as long as one question.
pub(crate) struct Face<'a> {
    pub(crate) name: &'a str,
    pub(crate) number: &'a str,
    pub(crate) jpeg: &'a [u8],
}

/// What the vendor says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) recognised: bool,
    /// The vendor's word for it, for operations: a code, never personal data.
    pub(crate) result: String,
}

/// Somebody who compares faces with the authority's pictures. There is no local one: without models it would be a lie.
#[async_trait]
pub(crate) trait FaceVendor: Send + Sync {
    /// Compares; 503 when the vendor does not answer, 422 when it cannot use the picture.
    async fn compare(&self, face: Face<'_>) -> Result<Verdict, Failure>;
}
