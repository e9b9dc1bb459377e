// Package interop tests Firehall against programs that are not ours: mail senders and servers, encryption, and a client that a generator made
// from the description of the API. A program that is missing skips its test, or fails it if FIREHALL_TEST_REQUIRE=1.
package interop
