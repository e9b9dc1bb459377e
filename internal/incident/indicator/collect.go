package indicator

import (
	"net/netip"

	"github.com/firehall/firehall/internal/incident/warninglist"
)

type key struct {
	kind  Kind
	value string
}

// collector keeps what is found, each thing once.
type collector struct {
	limits Limits
	found  Found
	known  map[key]int // place in found.List, or -1 for what is beyond the limit
}

func newCollector(l Limits) *collector {
	for limit, otherwise := range map[*int]int{&l.Bytes: 10 << 20, &l.Count: 2000, &l.Places: 10000} {
		if *limit <= 0 {
			*limit = otherwise
		}
	}
	return &collector{limits: l, known: make(map[key]int)}
}

// add takes an indicator that stands at source[from:to] of the text; in.As is what stands there.
func (c *collector) add(in Indicator, from, to int) {
	k := key{in.Kind, in.Value}
	i, seen := c.known[k]
	switch {
	case seen && i < 0:
		return
	case seen:
		c.found.List[i].Count++
	case len(c.found.List) >= c.limits.Count:
		c.leave(k)
		return
	default:
		i = len(c.found.List)
		c.known[k] = i
		if in.As == in.Value {
			in.As = ""
		}
		in.Count, in.At, in.Listed = 1, from, listed(in)
		c.found.List = append(c.found.List, in)
	}
	if len(c.found.Places) < c.limits.Places {
		c.found.Places = append(c.found.Places, Place{from, to, i})
	}
}

// leave counts what is beyond the limit; twice as many are told apart.
func (c *collector) leave(k key) {
	c.found.Left++
	if c.found.Left <= c.limits.Count {
		c.known[k] = -1
	}
}

// listed says which warning lists an indicator is on. A mail address or URL is on those of its host,
// save that a mailbox at a service for everybody, or a page of it, is somebody's own.
func listed(in Indicator) []string {
	switch in.Kind {
	case IP:
		return addrLists(in.Value)
	case CIDR:
		if p, err := netip.ParsePrefix(in.Value); err == nil {
			return warninglist.Prefix(p)
		}
	case Domain:
		return warninglist.Name(in.Value)
	case URL, Email:
		return ofHost(in)
	case MD5, SHA1, SHA256, SHA512:
		return warninglist.Hash(in.Value)
	}
	return nil
}

func addrLists(text string) []string {
	a, err := netip.ParseAddr(text)
	if err != nil {
		return nil
	}
	return warninglist.Addr(a)
}

func ofHost(in Indicator) []string {
	lists := addrLists(in.Host)
	if lists == nil {
		lists = warninglist.Name(in.Host)
	}
	if len(lists) == 1 && lists[0] == string(warninglist.Shared) && in.Kind == Email {
		return nil
	}
	return lists
}
