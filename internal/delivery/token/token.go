// Package token makes the return paths of mail, and recognises them when they come back.
//
// A return path is bounce+<delivery id>.<mac>@<domain>: the id says which delivery a bounce is about, the mac (HMAC-SHA256, cut to 120 bits)
// that we gave the address out. So nobody can mark a contact as dead by writing to an address that he made up. Both parts are lower-case
// base32, because mail servers fold the case of addresses, and the local part stays within the 64 characters of RFC 5321 §4.5.3.1.1.
package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"strings"

	"github.com/firehall/firehall/internal/core/id"
)

const (
	prefix = "bounce+"
	// purpose keeps the mac from being of use anywhere else, were the key used twice.
	purpose = "firehall return path 1\x00"
	macSize = 15 // bytes: 24 characters without padding, so that each mac is written in one way only
	macText = macSize * 8 / 5
)

// maxAddress bounds what is looked at: RFC 5321 §4.5.3.1.3 allows a path 256 characters.
const maxAddress = 512

var text = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Address returns the return path of the delivery id at the domain.
func Address(key []byte, id, domain string) string {
	return prefix + id + "." + mac(key, id) + "@" + domain
}

// Parse returns the delivery id of a return path that Address made with the key. It takes the address with or without angle brackets, in
// any case and at any domain: a forwarder may have changed them. ok is false for every other address; how much of the mac is right
// cannot be told from the time that takes.
func Parse(key []byte, address string) (delivery string, ok bool) {
	if len(address) > maxAddress {
		return "", false
	}
	s := strings.ToLower(strings.TrimSpace(address))
	s = strings.TrimSuffix(strings.TrimPrefix(s, "<"), ">")
	local, domain, found := strings.Cut(s, "@")
	rest, ours := strings.CutPrefix(local, prefix)
	if !found || !ours || domain == "" || len(rest) != id.Size+1+macText || rest[id.Size] != '.' {
		return "", false
	}
	delivery = rest[:id.Size]
	if !id.Valid(delivery) || !hmac.Equal([]byte(rest[id.Size+1:]), []byte(mac(key, delivery))) {
		return "", false
	}
	return delivery, true
}

func mac(key []byte, id string) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(purpose + id)) // never fails
	return text.EncodeToString(h.Sum(nil)[:macSize])
}
