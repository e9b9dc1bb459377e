package httpx

import (
	"net/netip"
	"testing"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/problem"
)

func TestCheck(t *testing.T) {
	tests := []struct {
		name, addr string
		allowed    bool
	}{
		{"public IPv4", "8.8.8.8", true},
		{"public IPv6", "2606:4700::1111", true},
		{"loopback", "127.0.0.1", false},
		{"loopback elsewhere in /8", "127.8.9.10", false},
		{"loopback IPv6", "::1", false},
		{"unspecified", "0.0.0.0", false},
		{"this network", "0.1.2.3", false},
		{"unspecified IPv6", "::", false},
		{"private 10", "10.1.2.3", false},
		{"private 172.16 first", "172.16.0.0", false},
		{"private 172.31 last", "172.31.255.255", false},
		{"public beside 172.16", "172.32.0.1", true},
		{"private 192.168", "192.168.1.1", false},
		{"unique local", "fd00::1", false},
		{"link-local and metadata", "169.254.169.254", false},
		{"link-local IPv6", "fe80::1", false},
		{"link-local IPv6 with a zone", "fe80::1%eth0", false},
		{"metadata over IPv6", "fd00:ec2::254", false},
		{"metadata of a cloud on a public address", "168.63.129.16", false},
		{"site-local", "fec0::1", false},
		{"shared first", "100.64.0.0", false},
		{"shared last", "100.127.255.255", false},
		{"public beside shared", "100.128.0.1", true},
		{"multicast", "224.0.0.1", false},
		{"multicast IPv6", "ff02::1", false},
		{"broadcast", "255.255.255.255", false},
		{"reserved", "240.0.0.1", false},
		{"documentation 1", "192.0.2.1", false},
		{"documentation 2", "198.51.100.1", false},
		{"documentation 3", "203.0.113.1", false},
		{"documentation IPv6", "2001:db8::1", false},
		{"documentation IPv6, new", "3fff::1", false},
		{"benchmarking", "198.19.0.1", false},
		{"mapped loopback", "::ffff:127.0.0.1", false},
		{"mapped private", "::ffff:10.0.0.1", false},
		{"mapped public", "::ffff:8.8.8.8", true},
		{"compatible loopback", "::127.0.0.1", false},
		{"NAT64 of a private address", "64:ff9b::10.0.0.1", false},
		{"NAT64 of metadata", "64:ff9b::169.254.169.254", false},
		{"NAT64 of a public address", "64:ff9b::8.8.8.8", true},
		{"local NAT64", "64:ff9b:1::808:808", false},
		{"6to4", "2002:808:808::1", false},
		{"6to4 of a private address", "2002:a00:1::1", false},
		{"Teredo", "2001:0:4136:e378:8000:63bf:3fff:fdd2", false},
		{"discard", "100::1", false},
		{"outside global unicast", "4000::1", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Check(netip.MustParseAddr(tt.addr))
			if (err == nil) != tt.allowed {
				t.Errorf("Check(%s) = %v, allowed should be %v", tt.addr, err, tt.allowed)
			}
			if err != nil && !problem.Is(err, problem.Forbidden) {
				t.Errorf("Check(%s) is %v, not Forbidden", tt.addr, problem.KindOf(err))
			}
		})
	}
}

func TestCheckInvalidAddress(t *testing.T) {
	if Check(netip.Addr{}) == nil {
		t.Error("the zero address is allowed")
	}
}

// However an IPv4 address is wrapped, it is not allowed if it is not allowed bare.
func TestCheckWrapped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := [4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "v4"))
		plain := netip.AddrFrom4(b)
		if Check(plain) == nil {
			return
		}
		mapped := netip.AddrFrom16(plain.As16())
		translated := [16]byte{0, 0x64, 0xff, 0x9b, 12: b[0], b[1], b[2], b[3]}
		for _, wrapped := range []netip.Addr{mapped, netip.AddrFrom16(translated)} {
			if Check(wrapped) == nil {
				t.Fatalf("%s is refused, but %s is allowed", plain, wrapped)
			}
		}
	})
}
