// Package iep reads and writes policies of FIRST's Information Exchange Policy framework, version 2.0: what the source of information lets be done with
// it, beside its label. The statements of version 1 that 2.0 left out and others still send (obfuscate_affected_parties) are read too.
//
// A Policy has a canonical form, its statements: pairs such as permitted_actions and "none". What a policy does not say, it does not restrict.
package iep
