//! The option `--decimals`: numbers of the file have the type, and what is printed stays exact.

use crate::{json, report, run};

#[test]
fn the_file_has_the_type_and_the_tables_are_exact() {
    let (folder, path) = report("Usage,0.0059999999,USD\nUsage,120,USD\n");
    let output = folder.path().join("out.csv");
    let output = output.to_str().unwrap();
    let plain = run(&[&path]);
    for (decimals, wanted, cells) in
        [("exact", "0.0059999999", None), ("float64", "0.0059999999", None), ("decimal(38,9)", "0.006", Some(1))]
    {
        let given = ["--decimals", decimals, "--output", output, "--columns", "BilledCost"];
        let text = String::from_utf8(run(&[&[path.as_str()], given.as_slice()].concat()).stdout).unwrap();
        assert_eq!(std::fs::read_to_string(output).unwrap(), format!("BilledCost\n{wanted}\n120\n"), "{decimals}");
        let table = text.lines().take_while(|line| !line.is_empty());
        assert_eq!(
            table.collect::<Vec<_>>(),
            String::from_utf8_lossy(&plain.stdout).lines().take_while(|line| !line.is_empty()).collect::<Vec<_>>()
        );
        assert!(text.contains("120.0059999999"), "{text}");
        // Only cells of the file count.
        let totals = json(&run(&[&[path.as_str(), "--json"], given.as_slice()].concat()));
        assert_eq!(totals["rounded_cells"]["BilledCost"].as_u64(), cells, "{decimals}");
        assert_eq!(totals["rounded_cells"].as_object().unwrap().len(), cells.map_or(0, |_| 1), "{decimals}");
        assert_eq!(totals["decimals"], *decimals);
        let changed = &totals["decimals_difference"]["USD"];
        assert_eq!(changed["BilledCost"].as_str(), cells.map(|_| "0.0000000001"), "{decimals}");
        // It is not a column of the file.
        assert_eq!(changed["EffectiveCost"].as_str(), cells.map(|_| "0"), "{decimals}");
    }
    let failed = run(&[&path, "--decimals", "decimal(4,2)", "--output", output]);
    let message = String::from_utf8(failed.stderr).unwrap();
    assert!(message.starts_with("OUTLAY_VALUE: report.csv: row 2, byte"), "{message}");
}
