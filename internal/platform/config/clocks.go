package config

import (
	"time"
)

// Clocks is the section [clocks].
type Clocks struct {
	Laws     []string `key:"laws" doc:"Files with laws, or service levels, of your own (TOML). One with an id that Firehall has goes before Firehall's." example:"laws/our-sector.toml"`
	Always   []string `key:"always" doc:"What applies to each new incident, or report, by itself, such as service/incident and reports/report, which are your own service levels. The rest is decided by people." example:"service/incident"`
	Remind   []string `key:"remind" default:"7d,1d,6h,1h" doc:"How long before something is due the team is reminded, each once; what has less than twice that time is not reminded so early."`
	Holidays []string `key:"holidays" doc:"Days that are no working days beside Saturdays and Sundays, for laws whose periods move then." example:"2026-12-25"`
}

// clocks checks what single values cannot tell. Whether the laws can be read their room knows.
func (b *binder) clocks(c Clocks) {
	for _, s := range c.Remind {
		if d, err := ParseDuration(s); err != nil || d <= 0 {
			b.complain("clocks.remind", "%q is no time before: write it as \"6h\" or \"7d\"", s)
		}
	}
	for _, s := range c.Holidays {
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			b.complain("clocks.holidays", "%q is no day: write it as \"2026-12-25\"", s)
		}
	}
}
