package constituency

import "slices"

// next names, for organisations without recipients, who could be told instead:
// the nearest parent that has recipients, else a provider whose network holds
// one of theirs, else the team of their country. All are looked up together.
func (p *post) next(without []Organisation) error {
	if len(without) == 0 {
		return nil
	}
	c := &candidates{post: p, dir: &directory{byID: map[string]Organisation{}}, of: map[string][]string{}, reachable: map[string]bool{}}
	for _, o := range without {
		c.dir.byID[o.ID] = o
	}
	if err := c.gather(without); err != nil {
		return err
	}
	if err := c.reach(); err != nil {
		return err
	}
	for _, o := range without {
		found := p.found[o.ID]
		if i := slices.IndexFunc(c.of[o.ID], func(id string) bool { return id != o.ID && c.reachable[id] }); i >= 0 {
			found.Next = c.dir.byID[c.of[o.ID][i]].Name
		}
		p.found[o.ID] = found
	}
	return nil
}

// candidates are who could be told instead of each organisation, in the order of the chain.
type candidates struct {
	*post
	dir       *directory
	of        map[string][]string // by organisation id: ids of candidates
	reachable map[string]bool     // by candidate id: it has recipients
}

func (c *candidates) gather(without []Organisation) error {
	if err := c.parents(without); err != nil {
		return err
	}
	nets, err := c.networksOfAll(without)
	if err != nil {
		return err
	}
	if err := c.providers(without, nets); err != nil {
		return err
	}
	return c.national(without, nets)
}

// load reads organisations that are not known yet.
func (c *candidates) load(ids []string) error {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { _, known := c.dir.byID[id]; return known || id == "" })
	list, err := organisationsByID(c.tx, ids)
	for _, o := range list {
		c.dir.byID[o.ID] = o
	}
	return err
}

// parents reads what stands above all organisations, a level at a time.
func (c *candidates) parents(without []Organisation) error {
	level := without
	for range maxDepth {
		var up []string
		for _, o := range level {
			if _, known := c.dir.byID[o.Parent]; !known && o.Parent != "" {
				up = append(up, o.Parent)
			}
		}
		if len(up) == 0 {
			break
		}
		if err := c.load(up); err != nil {
			return err
		}
		level = nil
		for _, id := range distinct(up) {
			level = append(level, c.dir.byID[id])
		}
	}
	for _, o := range without {
		for _, above := range c.dir.parents(o.ID) {
			c.of[o.ID] = append(c.of[o.ID], above.ID)
		}
	}
	return nil
}

// networksOfAll reads the networks in force of organisations, by organisation id.
func (c *candidates) networksOfAll(list []Organisation) (map[string][]Network, error) {
	ids, nets := make([]string, len(list)), map[string][]Network{}
	for i, o := range list {
		ids[i] = o.ID
	}
	err := eachIn(c.tx, "SELECT "+networkColumns+" FROM network WHERE organisation IN", ids, "ORDER BY organisation, rule, value",
		func(scan func(...any) error) error {
			n, err := scanNetwork(scan)
			if n.InForce(c.now) {
				nets[n.Organisation] = append(nets[n.Organisation], n)
			}
			return err
		})
	return nets, err
}

// around lists what of the register would hold a network: wider prefixes, the
// nearest first, and the AS number that announces it.
func (c *candidates) around(n Network) []key {
	prefix := n.Prefix()
	if !prefix.IsValid() {
		return nil
	}
	keys := prefixKeys(prefix)[1:]
	if place := c.place(n); place.ASN != 0 {
		keys = append(keys, asnKey(place.ASN))
	}
	return keys
}

func (c *candidates) place(n Network) Location {
	if prefix := n.Prefix(); prefix.IsValid() && c.locate != nil {
		return c.locate(prefix.Addr())
	}
	return Location{}
}

// providers adds the providers whose networks hold those of the organisations.
func (c *candidates) providers(without []Organisation, nets map[string][]Network) error {
	asked := map[key]bool{}
	for _, o := range without {
		for _, n := range nets[o.ID] {
			for _, k := range c.around(n) {
				asked[k] = true
			}
		}
	}
	owners, err := c.claims(asked)
	if err != nil {
		return err
	}
	for _, o := range without {
		for _, n := range nets[o.ID] {
			for _, k := range c.around(n) {
				for _, claim := range owners[k] {
					if c.dir.byID[claim.network.Organisation].Kind == Provider {
						c.of[o.ID] = append(c.of[o.ID], claim.network.Organisation)
					}
				}
			}
		}
	}
	return nil
}

// national adds the team of each organisation's country, or of its networks'.
func (c *candidates) national(without []Organisation, nets map[string][]Network) error {
	asked, country := map[key]bool{}, map[string]key{}
	for _, o := range without {
		at := string(o.Country)
		for i := 0; at == "" && i < len(nets[o.ID]); i++ {
			at = c.place(nets[o.ID][i]).Country
		}
		if at != "" {
			country[o.ID] = key{ByCountry, "country:" + at}
			asked[country[o.ID]] = true
		}
	}
	owners, err := c.claims(asked)
	if err != nil {
		return err
	}
	for _, o := range without {
		if found := owners[country[o.ID]]; len(found) > 0 {
			c.of[o.ID] = append(c.of[o.ID], found[0].network.Organisation)
		}
	}
	return nil
}

// claims reads who has what in force, the winner of each first.
func (c *candidates) claims(asked map[key]bool) (map[key][]claim, error) {
	values := map[Rule][]string{}
	for k := range asked {
		values[k.rule] = append(values[k.rule], k.value)
	}
	var found []Network
	for rule, list := range values {
		slices.Sort(list)
		err := eachIn(c.tx, "SELECT "+networkColumns+" FROM network WHERE rule = $1 AND value IN", list, "",
			func(scan func(...any) error) error {
				n, err := scanNetwork(scan)
				if n.InForce(c.now) {
					found = append(found, n)
				}
				return err
			}, string(rule))
		if err != nil {
			return nil, err
		}
	}
	return c.sorted(found)
}

func (c *candidates) sorted(found []Network) (map[key][]claim, error) {
	ids := make([]string, len(found))
	for i, n := range found {
		ids[i] = n.Organisation
	}
	if err := c.load(ids); err != nil {
		return nil, err
	}
	owners := map[key][]claim{}
	for _, n := range found {
		k := key{n.Rule, n.Value}
		owners[k] = append(owners[k], c.dir.claim(n))
	}
	for _, same := range owners {
		slices.SortFunc(same, claimOrder)
	}
	return owners, nil
}

// reach finds out which candidates have recipients.
func (c *candidates) reach() error {
	var ids []string
	for _, list := range c.of {
		ids = append(ids, list...)
	}
	contacts, err := contactsOfAll(c.tx, ids)
	for id, list := range contacts {
		chosen, _ := choose(list, c.now)
		c.reachable[id] = slices.ContainsFunc(chosen, func(k Contact) bool { return k.Channel != Phone })
	}
	return err
}
