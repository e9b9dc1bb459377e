package config

import (
	"net/netip"
	"net/url"
	"time"

	"github.com/firehall/firehall/internal/platform/httpx"
)

// Takedown is the section [takedown].
type Takedown struct {
	ByHand      bool          `key:"by_hand" default:"false" doc:"Nobody is chased, and no further party asked, by itself: the team's queue says what is due."`
	ChaseAfter  time.Duration `key:"chase_after" default:"3d" doc:"How long a party may take before it is written to again."`
	Chases      int           `key:"chases" default:"2" doc:"How often it is written to again before the next party is asked."`
	CheckEvery  time.Duration `key:"check_every" default:"4h" doc:"How often it is looked whether a thing is still there."`
	CleanChecks int           `key:"clean_checks" default:"3" doc:"Checks in a row that have to find nothing before a thing counts as gone."`
	CleanOver   time.Duration `key:"clean_over" default:"24h" doc:"The time over which they have to be spread."`
	WatchFor    time.Duration `key:"watch_for" default:"30d" doc:"How long a thing that is gone is looked at, in case it comes back."`
	WatchEvery  time.Duration `key:"watch_every" default:"24h" doc:"How often it is looked at then."`
	Direct      bool          `key:"direct" default:"true" doc:"Whether the server itself is an exit, without a proxy. It shows your address to who runs the thing."`
	Resolve     bool          `key:"resolve" default:"true" doc:"Whether the addresses of names are asked of the DNS, when a person asks for suggestions and the PAP allows it."`
	Resolver    string        `key:"resolver" default:"" doc:"A second resolver, as address or address:port, such as 9.9.9.9: that a name does not exist counts as gone only if it says so too. It learns which names are looked for. Empty: none."`
}

// TakedownExit is a section [takedown_exits.NAME].
type TakedownExit struct {
	Proxy     string `key:"proxy" default:"" secret:"true" doc:"The proxy that it goes through: socks5://host:port or http://host:port, with user:password@ before the host where it wants one. Empty: none."`
	UserAgent string `key:"user_agent" default:"" doc:"What the browser calls itself. Empty: a common one."`
	Referrer  string `key:"referrer" default:"" doc:"The page that a visitor would come from, such as https://www.google.com/."`
	Language  string `key:"language" default:"" doc:"The visitor's languages (Accept-Language), such as fi,en;q=0.5."`
}

// TakedownProvider is a section [takedown_providers.NAME].
type TakedownProvider struct {
	URL         string `key:"url" default:"" doc:"Where its abuse API takes requests: a POST of JSON, by https. Empty: it is not used."`
	Token       string `key:"token" default:"" secret:"true" doc:"The token that it asks for."`
	TokenHeader string `key:"token_header" default:"Authorization" doc:"The header in which the token is sent; in Authorization it stands behind Bearer."`
	Internal    bool   `key:"internal" default:"false" doc:"Whether url may be on this machine or in a private network, and plain http. Only for a gateway of your own."`
}

// takedown checks the sections about take-downs.
func (b *binder) takedown(c *Config) {
	t := c.Takedown
	for key, d := range map[string]time.Duration{
		"chase_after": t.ChaseAfter, "check_every": t.CheckEvery, "clean_over": t.CleanOver, "watch_for": t.WatchFor, "watch_every": t.WatchEvery,
	} {
		if d < time.Minute || d > 366*24*time.Hour {
			b.complain("takedown."+key, "must be between 1m and 366d")
		}
	}
	b.atLeast("takedown.chases", int64(t.Chases), 0)
	b.atLeast("takedown.clean_checks", int64(t.CleanChecks), 1)
	_, bare := netip.ParseAddr(t.Resolver)
	if _, full := netip.ParseAddrPort(t.Resolver); t.Resolver != "" && bare != nil && full != nil {
		b.complain("takedown.resolver", "this is no address such as \"9.9.9.9\" or \"9.9.9.9:53\"")
	}
	for name, e := range c.TakedownExits {
		b.exit("takedown_exits."+name, name, e)
	}
	for name, p := range c.TakedownProviders {
		key := "takedown_providers." + name
		if !feedName.MatchString(name) {
			b.complain(key, "a provider's name is made of small letters, digits, - and _, and has 63 characters at most")
		}
		if p.URL != "" {
			b.address(key+".url", p.URL, p.Internal)
		}
	}
}

func (b *binder) exit(key, name string, e TakedownExit) {
	if !feedName.MatchString(name) || name == "direct" || name == "person" {
		b.complain(key, "an exit's name is made of small letters, digits, - and _, has 63 characters at most, and is neither direct nor person")
	}
	if e.Proxy != "" {
		if err := httpx.CheckProxy(e.Proxy); err != nil {
			b.complain(key+".proxy", "%v", err)
		}
	}
	if u, err := url.Parse(e.Referrer); err != nil || e.Referrer != "" && u.Host == "" {
		b.complain(key+".referrer", "this is no address such as \"https://www.google.com/\"")
	}
}
