package indicator

import (
	"slices"
	"strconv"
	"strings"
)

// oddNumber reads a number in decimal, hexadecimal (0x) or octal (0).
func oddNumber(s string) (uint64, bool) {
	if s == "" {
		return 0, false
	}
	base, digits := 10, s
	switch {
	case strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X"):
		base, digits = 16, s[2:]
	case len(s) > 1 && s[0] == '0':
		base, digits = 8, s[1:]
	}
	n, err := strconv.ParseUint(digits, base, 32)
	return n, err == nil || digits == "" && base == 16
}

var hashes = map[int]Kind{32: MD5, 40: SHA1, 64: SHA256, 128: SHA512}

// hash takes hexadecimal digits of a hash's length; only decimal ones are an account or serial number.
func (s *scanner) hash(from, to int) bool {
	kind, ok := hashes[to-from]
	if !ok {
		return false
	}
	text := strings.ToLower(string(s.text[from:to]))
	if strings.Trim(text, "0123456789abcdef") != "" || strings.Trim(text, "0123456789") == "" {
		return false
	}
	s.found(Indicator{Kind: kind, Value: text}, from, to)
	return true
}

// number takes AS64500, ASN 64500 and CVE-2024-12345.
func (s *scanner) number(from, to int) bool {
	if to-from > 200 { // no such number is so long, even with a file's name around it
		return false
	}
	text := string(s.text[from:to])
	if n, ok := s.asn(text); ok {
		s.found(Indicator{Kind: ASN, Value: "AS" + strconv.FormatUint(n, 10)}, from, to)
		return true
	}
	return s.cves(text, from)
}

// notAS are numbers that no network can have (RFC 7607, 6793, 7300), and a computer of 1988.
var notAS = []uint64{0, 400, 23456, 65535, 1<<32 - 1}

func (s *scanner) asn(text string) (uint64, bool) {
	digits, prefixed := strings.CutPrefix(strings.TrimPrefix(strings.ToUpper(text), "ASN"), "AS")
	prefixed = prefixed || strings.HasPrefix(strings.ToUpper(text), "ASN")
	if !prefixed && s.before != "asn" {
		return 0, false
	}
	if len(digits) < 3 || !digit(digits[0]) {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	return n, err == nil && !slices.Contains(notAS, n)
}

// cves takes each CVE number of a piece, also within a file's name.
func (s *scanner) cves(text string, from int) bool {
	upper, any := strings.ToUpper(text), false
	for i := 0; ; {
		at := strings.Index(upper[i:], "CVE-")
		if at < 0 {
			return any
		}
		at += i
		n := cveLength(upper[at:])
		if n > 0 {
			s.found(Indicator{Kind: CVE, Value: upper[at : at+n]}, from+at, from+at+n)
			any = true
		}
		i = at + max(n, 4)
	}
}

// cveLength measures CVE-year-number: four digits, then four to nineteen.
func cveLength(s string) int {
	if len(s) < 13 || s[8] != '-' || strings.Trim(s[4:8], "0123456789") != "" || s[4] != '1' && s[4] != '2' {
		return 0
	}
	end := 9
	for end < len(s) && end < 28 && digit(s[end]) {
		end++
	}
	if end-9 < 4 {
		return 0
	}
	return end
}
