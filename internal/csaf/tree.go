package csaf

import "strings"

// tree is the product tree. CSAF 2.0 §3.2.2
type tree struct {
	Branches []branch  `json:"branches"`
	Full     []product `json:"full_product_names"`
	Groups   []struct {
		ID       string   `json:"group_id"`
		Products []string `json:"product_ids"`
	} `json:"product_groups"`
	Relationships []struct {
		Full product `json:"full_product_name"`
	} `json:"relationships"`
	Paths []struct { // 2.1
		Full product `json:"full_product_name"`
	} `json:"product_paths"`
}

type branch struct {
	Category string   `json:"category"`
	Name     string   `json:"name"`
	Product  *product `json:"product"`
	Branches []branch `json:"branches"`
}

type product struct {
	ID     string `json:"product_id"`
	Name   string `json:"name"`
	Helper struct {
		CPE   string   `json:"cpe"`
		PURL  string   `json:"purl"`
		PURLs []string `json:"purls"`
	} `json:"product_identification_helper"`

	vendor, version string
}

// maxDepth is how deep branches may be nested. CSAF 2.0 §3.1.2 says 30.
const maxDepth = 30

// all finds every product by its id, and every group.
func (t *tree) all(fail func(test, path, format string, args ...any)) (map[string]*product, map[string][]string) {
	products := map[string]*product{}
	add := func(p *product, vendor, version string) {
		if p == nil || p.ID == "" {
			return
		}
		if products[p.ID] != nil && fail != nil {
			fail("6.1.2", "/product_tree", "the product %q is defined twice", p.ID)
			return
		}
		p.vendor, p.version = vendor, version
		products[p.ID] = p
	}
	var walk func(all []branch, vendor, version string, depth int)
	walk = func(all []branch, vendor, version string, depth int) {
		if depth > maxDepth {
			if fail != nil {
				fail("3.1.2", "/product_tree/branches", "branches are nested deeper than %d", maxDepth)
			}
			return
		}
		for i := range all {
			b := &all[i]
			v, n := vendor, version
			switch b.Category {
			case "vendor":
				v = b.Name
			case "product_version", "product_version_range":
				n = b.Name
			}
			add(b.Product, v, n)
			walk(b.Branches, v, n, depth+1)
		}
	}
	walk(t.Branches, "", "", 1)
	for i := range t.Full {
		add(&t.Full[i], "", "")
	}
	for i := range t.Relationships {
		add(&t.Relationships[i].Full, "", "")
	}
	for i := range t.Paths {
		add(&t.Paths[i].Full, "", "")
	}
	groups := map[string][]string{}
	for _, g := range t.Groups {
		if groups[g.ID] != nil && fail != nil {
			fail("6.1.5", "/product_tree/product_groups", "the product group %q is defined twice", g.ID)
		}
		groups[g.ID] = append([]string{}, g.Products...)
	}
	return products, groups
}

// cpe23 is a CPE in the form that STIX wants; "" for the older URI.
func cpe23(s string) string {
	if strings.HasPrefix(s, "cpe:2.3:") {
		return s
	}
	return ""
}
