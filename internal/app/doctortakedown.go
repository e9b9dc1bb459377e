package app

import (
	"net/url"

	"github.com/firehall/firehall/internal/platform/config"
)

// takedowns looks at the ways by which it is looked whether things are gone: those that go out by one address see one and the same disguise of a page, and
// one resolver is one opinion about whether a name exists.
func (e *examination) takedowns() {
	const check = "take-downs"
	n := len(e.Config.TakedownExits)
	if e.Config.Takedown.Direct {
		n++
	}
	switch {
	case n < 2:
		e.good(check, "exits: %d; a person says when a thing is gone", n)
		return
	case len(waysOut(&e.Config)) < 2:
		e.warn(check, "give an exit a proxy elsewhere: takedown_exits.NAME.proxy", "all %d exits show one and the same address: phishing that hides from it looks gone", n)
	case e.Config.Takedown.Resolver == "":
		e.warn(check, "name a second resolver: takedown.resolver", "all %d exits ask one resolver: a name that it does not know, or hides, looks gone", n)
	default:
		e.good(check, "exits: %d, by %d addresses, and two resolvers", n, len(waysOut(&e.Config)))
	}
}

// waysOut are the hosts by which exits go out; "" is this machine itself.
func waysOut(c *config.Config) map[string]bool {
	hosts := map[string]bool{}
	if c.Takedown.Direct {
		hosts[""] = true
	}
	for _, exit := range c.TakedownExits {
		if u, err := url.Parse(exit.Proxy); err == nil {
			hosts[u.Hostname()] = true
		}
	}
	return hosts
}
