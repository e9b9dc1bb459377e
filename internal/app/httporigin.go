package app

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/platform/config"
)

// proxies are those in front of us that are believed.
type proxies []netip.Prefix

// parseProxies reads them; the configuration has checked each.
func parseProxies(list []string) (out proxies) {
	for _, text := range list {
		if p, err := config.ParsePrefix(text); err == nil {
			out = append(out, p)
		}
	}
	return out
}

func (p proxies) trust(a netip.Addr) bool {
	return slices.ContainsFunc(p, func(one netip.Prefix) bool { return one.Contains(a.Unmap().WithZone("")) })
}

// forwarding headers, which are worth what their sender is worth.
var forwarding = []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Server", "X-Real-Ip"}

// believe puts into a request who really asks (RemoteAddr), for which name (Host) and how (URL.Scheme), as far as a trusted proxy says so. What
// others say of themselves is dropped, so that nobody further in can take it for true.
func (p proxies) believe(r *http.Request) {
	r.URL.Scheme = "http"
	if r.TLS != nil {
		r.URL.Scheme = "https"
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err == nil && p.trust(peer.Addr()) {
		p.hops(r).apply(p, r)
	}
	for _, name := range forwarding {
		r.Header.Del(name)
	}
}

// hop is what one proxy says of the request that it passed on.
type hop struct{ client, proto, host string }

// hops are those of a request, the nearest last.
type hops []hop

// hops reads the headers: Forwarded (RFC 7239 §4) or the older ones. If both are there, one of them may be the client's own, passed on by a
// proxy that knows the other only, so neither is believed.
func (p proxies) hops(r *http.Request) hops {
	standard := elements(r.Header.Values("Forwarded"))
	older := elements(r.Header.Values("X-Forwarded-For"))
	switch {
	case len(standard) > 0 && len(older) > 0:
		return nil
	case len(standard) > 0:
		var out hops
		for _, element := range standard {
			out = append(out, parseForwarded(element))
		}
		return out
	}
	if len(older) == 0 { // a proxy that tells the name or the way only
		older = []string{""}
	}
	out := make(hops, len(older))
	for i, client := range older {
		out[i].client = client
	}
	out[len(out)-1].proto = lastOf(r.Header.Values("X-Forwarded-Proto"))
	out[len(out)-1].host = lastOf(r.Header.Values("X-Forwarded-Host"))
	return out
}

// apply takes the nearest hop's word, and for the client goes on to the first that is no trusted proxy.
func (h hops) apply(p proxies, r *http.Request) {
	if len(h) == 0 {
		return
	}
	last := h[len(h)-1]
	switch strings.ToLower(last.proto) {
	case "https", "http":
		r.URL.Scheme = strings.ToLower(last.proto)
	}
	if last.host != "" {
		r.Host = last.host
	}
	for i := len(h) - 1; i >= 0; i-- {
		client, ok := address(h[i].client)
		if !ok {
			return // said to be unknown, or hidden: the proxy that says so is the last that we know of
		}
		r.RemoteAddr = netip.AddrPortFrom(client, 0).String()
		if !p.trust(client) {
			return
		}
	}
}

// maxHops bounds how far back a chain is read: what lies further was said by somebody far away.
const maxHops = 20

// elements cuts header lines into their elements. Quotes do not hide commas, since no element that we read holds one.
func elements(lines []string) (out []string) {
	for element := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		if element = strings.TrimSpace(element); element != "" {
			out = append(out, element)
		}
	}
	return out[max(0, len(out)-maxHops):]
}

// lastOf is the last element: that of the proxy that talks to us.
func lastOf(lines []string) string {
	all := elements(lines)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

func parseForwarded(element string) (h hop) {
	for pair := range strings.SplitSeq(element, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		value = strings.Trim(strings.TrimSpace(value), `"`)
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "for":
			h.client = value
		case "proto":
			h.proto = value
		case "host":
			h.host = value
		}
	}
	return h
}

// address reads "192.0.2.1", "192.0.2.1:4711", "[2001:db8::1]:4711" or "2001:db8::1".
func address(text string) (netip.Addr, bool) {
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap.Addr().Unmap(), true
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return a.Unmap(), err == nil
}
