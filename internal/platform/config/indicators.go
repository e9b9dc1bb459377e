package config

import (
	"path"
	"time"
)

// Indicators is the section [indicators].
type Indicators struct {
	Back         time.Duration `key:"back" default:"2160h" doc:"How far back a new indicator is looked for in the events that are there."`
	WarningLists string        `key:"warning_lists" default:"" doc:"A folder with warning lists in the form of MISP's: NAME.json, or NAME/list.json. What is on one is not blocked. They are read again when a file changes. Empty: only the lists that are built in."`
	Unsought     []string      `key:"unsought" default:"rfc1918,rfc5735,rfc6598,empty-hashes,common-ioc-false-positive" doc:"Names of warning lists that speak against looking for a value in events too, and not against blocking it alone; * stands for anything."`
}

// indicators checks what single values cannot tell.
func (b *binder) indicators(c *Config) {
	if c.Indicators.Back < time.Hour || c.Indicators.Back > 10*365*24*time.Hour {
		b.complain("indicators.back", "must be from 1h to 87600h")
	}
	for _, name := range c.Indicators.Unsought {
		if _, err := path.Match(name, ""); err != nil {
			b.complain("indicators.unsought", "%q cannot be read: only * stands for anything", name)
		}
	}
}
