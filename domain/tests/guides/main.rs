//! The providers' guides, sentence by sentence: what each says that can be checked, on the day it was said, and the verdict of
//! our rules. The sentences are told in our own words.

#[cfg(test)]
mod liaoning_2022;
#[cfg(test)]
mod said;
#[cfg(test)]
mod tencent_2018;
#[cfg(test)]
mod tencent_2019;
#[cfg(test)]
mod tencent_2021;
#[cfg(test)]
mod ucloud_2023;
