package stix

var killChains = list(part(killChainPhase))

var seen = [][3]string{{"first_seen", "last_seen", "<="}}

// domain are the domain objects and the relationship objects. OASIS STIX 2.1 §4, §5
var domain = map[string]*shape{
	"attack-pattern": {clause: "4.1", props: props{"name": must(is(str)), "description": is(str), "aliases": list(is(str)), "kill_chain_phases": killChains}},
	"campaign": {clause: "4.2", props: props{"name": must(is(str)), "description": is(str), "aliases": list(is(str)),
		"first_seen": is(when), "last_seen": is(when), "objective": is(str)}, times: seen},
	"course-of-action": {clause: "4.3", props: props{"name": must(is(str)), "description": is(str)}},
	"grouping":         {clause: "4.4", props: props{"name": is(str), "description": is(str), "context": must(is(str)), "object_refs": must(list(objects))}},
	"identity": {clause: "4.5", props: props{"name": must(is(str)), "description": is(str), "roles": list(is(str)), "identity_class": is(str),
		"sectors": list(is(str)), "contact_information": is(str)}},
	"incident": {clause: "4.6", props: props{"name": must(is(str)), "description": is(str)}},
	"indicator": {clause: "4.7", props: props{"name": is(str), "description": is(str), "indicator_types": list(is(str)), "pattern": must(is(str)),
		"pattern_type": must(is(str)), "pattern_version": is(str), "valid_from": must(is(when)), "valid_until": is(when), "kill_chain_phases": killChains},
		times: [][3]string{{"valid_from", "valid_until", "<"}}, rule: patternRule},
	"infrastructure": {clause: "4.8", props: props{"name": must(is(str)), "description": is(str), "infrastructure_types": list(is(str)),
		"aliases": list(is(str)), "kill_chain_phases": killChains, "first_seen": is(when), "last_seen": is(when)}, times: seen},
	"intrusion-set": {clause: "4.9", props: props{"name": must(is(str)), "description": is(str), "aliases": list(is(str)), "first_seen": is(when),
		"last_seen": is(when), "goals": list(is(str)), "resource_level": is(str), "primary_motivation": is(str), "secondary_motivations": list(is(str))}, times: seen},
	"location": {clause: "4.10", props: props{"name": is(str), "description": is(str), "latitude": within(float, -90, 90), "longitude": within(float, -180, 180),
		"precision": is(float), "region": is(str), "country": is(str), "administrative_area": is(str), "city": is(str), "street_address": is(str),
		"postal_code": is(str)}, some: []string{"region", "country", "latitude", "longitude"}, rule: locationRule},
	"malware": {clause: "4.11", props: props{"name": is(str), "description": is(str), "malware_types": list(is(str)), "is_family": must(is(yes)),
		"aliases": list(is(str)), "kill_chain_phases": killChains, "first_seen": is(when), "last_seen": is(when), "operating_system_refs": refs("software"),
		"architecture_execution_envs": list(is(str)), "implementation_languages": list(is(str)), "capabilities": list(is(str)),
		"sample_refs": refs("artifact", "file")}, times: seen, rule: malwareRule},
	"malware-analysis": {clause: "4.12", props: props{"product": must(is(str)), "version": is(str), "host_vm_ref": ref("software"),
		"operating_system_ref": ref("software"), "installed_software_refs": refs("software"), "configuration_version": is(str), "modules": list(is(str)),
		"analysis_engine_version": is(str), "analysis_definition_version": is(str), "submitted": is(when), "analysis_started": is(when),
		"analysis_ended": is(when), "result_name": is(str), "result": is(str), "analysis_sco_refs": list(refClass(SCO)),
		"sample_ref": ref("file", "artifact", "network-traffic")}, some: []string{"result", "analysis_sco_refs"},
		times: [][3]string{{"analysis_started", "analysis_ended", "<="}}},
	"note": {clause: "4.13", props: props{"abstract": is(str), "content": must(is(str)), "authors": list(is(str)), "object_refs": must(list(objects))}},
	"observed-data": {clause: "4.14", props: props{"first_observed": must(is(when)), "last_observed": must(is(when)),
		"number_observed": must(within(integer, 1, 999_999_999)), "objects": is(anything), "object_refs": list(refClass(SCO, SRO))},
		times: [][3]string{{"first_observed", "last_observed", "<="}}, rule: observedRule},
	"opinion": {clause: "4.15", props: props{"explanation": is(str), "authors": list(is(str)), "object_refs": must(list(objects)),
		"opinion": must(oneOf("strongly-disagree", "disagree", "neutral", "agree", "strongly-agree"))}},
	"report": {clause: "4.16", props: props{"name": must(is(str)), "description": is(str), "report_types": list(is(str)), "published": must(is(when)),
		"object_refs": must(list(objects))}},
	"threat-actor": {clause: "4.17", props: props{"name": must(is(str)), "description": is(str), "threat_actor_types": list(is(str)), "aliases": list(is(str)),
		"first_seen": is(when), "last_seen": is(when), "roles": list(is(str)), "goals": list(is(str)), "sophistication": is(str), "resource_level": is(str),
		"primary_motivation": is(str), "secondary_motivations": list(is(str)), "personal_motivations": list(is(str))}, times: seen},
	"tool": {clause: "4.18", props: props{"name": must(is(str)), "description": is(str), "tool_types": list(is(str)), "aliases": list(is(str)),
		"kill_chain_phases": killChains, "tool_version": is(str)}},
	"vulnerability": {clause: "4.19", props: props{"name": must(is(str)), "description": is(str)}},

	"relationship": {clause: "5.1", props: props{"relationship_type": must(is(str)), "description": is(str), "source_ref": must(related),
		"target_ref": must(related), "start_time": is(when), "stop_time": is(when)}, times: [][3]string{{"start_time", "stop_time", "<"}}, rule: relationshipRule},
	"sighting": {clause: "5.2", props: props{"description": is(str), "first_seen": is(when), "last_seen": is(when), "count": within(integer, 0, 999_999_999),
		"sighting_of_ref": must(refClass(SDO)), "observed_data_refs": refs("observed-data"), "where_sighted_refs": refs("identity", "location"),
		"summary": is(yes)}, times: seen},
}

// objects are references to anything but a bundle.
var objects = refNot("bundle")

// related is what a relationship connects: domain objects, observables and custom objects.
var related = refClass(SDO, SCO)

// meta are the meta objects. OASIS STIX 2.1 §7
var meta = map[string]*shape{
	"language-content": {clause: "7.1", props: props{"object_ref": must(refNot("bundle", "language-content")), "object_modified": is(when),
		"contents": must(is(dictionary))}, rule: contentsRule},
	"marking-definition": {clause: "7.2.1", props: props{"name": is(str), "definition_type": is(str), "definition": is(anything)}, rule: markingRule},
	"extension-definition": {clause: "7.3", props: props{"name": must(is(str)), "description": is(str), "schema": must(is(str)), "version": must(is(str)),
		"extension_types":      must(list(oneOf(extensionTypes...))),
		"extension_properties": list(is(str))}, rule: extensionRule},
}

var extensionTypes = []string{"new-sdo", "new-sco", "new-sro", "property-extension", "toplevel-property-extension"}
