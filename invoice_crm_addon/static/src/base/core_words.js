import { _t } from "@web/core/l10n/translation";

/**
 * Words of core's search, lists and dialogs that core says in English to Chinese people.
 *
 * What a module has no translation of is looked up among those of all modules: so it is enough
 * that ours has one. A test tells which words of core are missing here.
 */
export const CORE_WORDS = [
    // conditions
    _t("Add nested rule"),
    _t("Custom range"),
    _t("Month to date"),
    _t("Year to date"),
    _t('Press "Enter" to add criterion'),
    _t("Select one or several criteria"),
    _t("before"),
    _t("between"),
    _t("greater or equal to"),
    _t("lower or equal to"),
    _t("lower than"),
    _t("not %(operator_label)s"),
    _t("not ="),
    _t("Show options"),
    _t("Toggle date range mode"),
    // lists and cards
    _t("Add a"),
    _t("Among the %(total)s selected records, %(valid_count)s are valid for this update."),
    _t("Are you sure you want to delete the %(nbSelected)s selected records?"),
    _t("Are you sure you want to delete the selected record?"),
    _t("Are you sure you want to update %(count)s records?"),
    _t('Use the operators "+=", "-=", "*=" and "/=" to update the current value.'),
    _t('For example, if the value is "1" and you enter "+=2", it will be updated to "3".'),
    _t("Invalid Display Name"),
    _t("Lack of inspiration?"),
    _t("No stages yet, let's create some!"),
    _t(`Try to add some records, or make sure that there is no
                        active filter in the search bar.`),
    // forms
    _t("Missing required fields"),
    _t(
        "Heads up! Your recent changes are too large to save automatically. Please click the %(upload_icon)s button now to ensure your work is saved before you exit this tab."
    ),
    _t("The file is not an image, resizing is not possible"),
    _t("The resizing of the image failed"),
    _t("Caps Lock is on!"),
    _t("My Preferences"),
    _t("No settings found"),
    _t("Try searching for another keyword"),
];
